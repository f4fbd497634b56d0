/*
 * Copyright 2026 the lora4j authors.
 *
 * Licensed under the Apache License, Version 2.0: see the file LICENSE.
 */
package org.lora4j.hf.hub;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hosts of NO_PROXY, separated by commas: {@code example.com} and {@code .example.com} stand
 * for that domain and all below it, {@code example.com:8080} for one port of it, {@code 10.0.0.0/8}
 * for IPv4 addresses, and {@code *} for every host.
 */
record NoProxy(List<String> entries) {
    private static final Pattern ADDRESS =
            Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})");
    private static final Pattern PORT = Pattern.compile("(.*[^:]):(\\d{1,5})");

    static NoProxy parse(String text) {
        return new NoProxy(
                Arrays.stream(text.toLowerCase(Locale.ROOT).split("[,\\s]+"))
                        .filter(entry -> !entry.isEmpty())
                        .toList());
    }

    boolean covers(URI address) {
        String host = plain(address.getHost().toLowerCase(Locale.ROOT));
        int port = HubHttp.port(address);
        return entries.stream().anyMatch(entry -> covers(entry, host, port));
    }

    private static boolean covers(String entry, String host, int port) {
        if (entry.equals("*")) {
            return true;
        }
        String name = entry;
        Matcher withPort = PORT.matcher(entry);
        if (withPort.matches() && (!withPort.group(1).contains(":") || entry.startsWith("["))) {
            if (Integer.parseInt(withPort.group(2)) != port) {
                return false;
            }
            name = withPort.group(1);
        }
        name = plain(name.replaceFirst("^\\*?\\.", ""));
        return host.equals(name)
                || (host.endsWith("." + name) && !ADDRESS.matcher(host).matches())
                || isInNetwork(host, name);
    }

    /** Returns whether a host is an IPv4 address in a network such as 10.0.0.0/8. */
    private static boolean isInNetwork(String host, String network) {
        int slash = network.indexOf('/');
        if (slash < 0 || !network.substring(slash + 1).matches("\\d{1,2}")) {
            return false;
        }
        int bits = Integer.parseInt(network.substring(slash + 1));
        Matcher address = ADDRESS.matcher(host);
        Matcher start = ADDRESS.matcher(network.substring(0, slash));
        return bits <= 32
                && address.matches()
                && start.matches()
                && number(address) >>> (32 - bits) == number(start) >>> (32 - bits);
    }

    private static long number(Matcher address) {
        long number = 0;
        for (int i = 1; i <= 4; i++) {
            number = number << 8 | Integer.parseInt(address.group(i));
        }
        return number;
    }

    /** Returns an IPv6 address without its brackets, and any other host as it is. */
    private static String plain(String host) {
        return host.startsWith("[") && host.endsWith("]")
                ? host.substring(1, host.length() - 1)
                : host;
    }
}
