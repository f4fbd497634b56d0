# Copyright 2026 the lora4j authors.
#
# Licensed under the Apache License, Version 2.0: see the file LICENSE.
"""The English words that are one token each: names of fields and of tasks, as records have them."""

FIELDS = """
account action address age agent alley amount answer area article author balance bank barcode batch
birthday block board body book box branch brand budget building bus buyer cabin call campus capacity
card case category cell chapter charge city class client clause code color column comment company
container contract cost count country county course currency customer date day delivery department
depth deposit description desk destination detail device diameter digit direction discount district
division doctor dose due duration edition email employee end entry era event exit extension factory
fare farm fax fee field file first flight floor folder form format frame from gate gender goods grade
group guest half hall height hotel hour house identity index invoice island item job key kind label
lane language last law length letter level license line list location lot machine manager
material maximum meeting member memo message method middle mile minimum minute model month mountain
museum name neighborhood note number object office operator option order organization origin owner
package page paragraph parcel park part party passenger password patient payment percent period person
phone pier place plan plant plate platform player point port position post power prefix price product
profile project province quantity quarter queue range rank rate reader reason receipt record region
release remark result river road role room round route row rule salary sample school score season seat
second section seller sender serial series service set sex shape shelf shift ship shop signal size
source speed stage start state station status step stock stop store street student subject suffix
suite supplier surname table tag target task tax teacher team temperature term text ticket time title
to total town track train type unit user value vendor version village visit visitor voice volume
voyage ward warehouse week weight width window word worker year yes zip zone
""".split()
TASKS = """
answer copy digits join json keep legend lines list pick plain read records reverse rewrite select
sort split strip tags to width words
""".split()
ENDINGS = "er es ing ion on an en ed al le st th in or ar re".split()
# Pieces of JSON, in the order in which they are merged.
JSON_PIECES = [('"', ":"), ('":', '"'), ('"', ","), ('",', '"'), ("{", '"'), ('"', "}"), ("[", '"'), ('"', "]")]
