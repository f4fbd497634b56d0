import random,sys
import tokenizer,tasks
n=tokenizer.write("/tmp/base"); print(n)
from tokenizers import Tokenizer
t=Tokenizer.from_file("/tmp/base/tokenizer.json")
r=random.Random(0)
L=[]
for i in range(2000):
    p,a=tasks.sample(r)
    if i<40: print(repr(p),a)
    e=t.encode(p); f=t.encode(a,add_special_tokens=False)
    assert t.decode(f.ids)==a,(a,f.tokens)
    L.append((len(e.ids),len(f.ids)))
print(t.encode('{"county":"臺北市","road":"𠮷路","neighborhood":"12之3"}').tokens)
import numpy as np; L=np.array(L); print(L.mean(0),L.max(0))
