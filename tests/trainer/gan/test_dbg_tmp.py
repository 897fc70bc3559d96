import keras, numpy as np, pytest
from trainer import task
from trainer.gan import train as gan_train
import tensorflow as tf
def test_x(gan_flags,tmp_path,monkeypatch):
    log={}
    def go(name,die,*f):
        rec=log.setdefault(name,{})
        class W(keras.callbacks.Callback):
            steps=0
            def on_train_batch_end(self,batch,logs=None):
                s=int(self.model.optimizer.iterations)
                rec.setdefault(s,[]).append((T[-1].generator.weights[3].numpy().copy(),T[-1].average.variables[3].numpy().copy()))
                self.steps+=1
                if self.steps==die: raise KeyboardInterrupt
        T=[]
        class G(gan_train.GanTraining):
            def __init__(s,*a): super().__init__(*a); T.append(s)
        with monkeypatch.context() as p:
            p.setattr(gan_train,"CollapseWatch",W); p.setattr(gan_train,"GanTraining",G)
            try: task.main([*gan_flags,f"--run_dir={tmp_path}/{name}","--save_every=1",*f])
            except KeyboardInterrupt: pass
        print("path",T[-1].generator.weights[3].path)
    go("a",0); go("d",5); go("d",0)
    for n in log:
        for s in sorted(log[n]): print("LOG",n,s,[(x[0].tolist()[:2],x[1].tolist()[:2]) for x in log[n][s]])
    assert 0
