# %% [markdown]
# # 10. 链、标注与记忆
#
# 三种给序列建模的办法，每一种能做什么、不能做什么：
#
# - 隐马尔可夫模型说一个序列的概率有多大：`forward`、`posterior`、`viterbi`、`sample`，以及它忘得有多快；
# - 条件随机场说的是给定序列后*标注*的概率，对序列本身什么也不说；
# - 记忆机器学会把见过的东西放在哪里，又怎样再找到它。
#
# 末尾看看两篇文章是怎么说它们的。
#
# 用真实数据，两个 CPU 核心上大约计算两分钟；设 `KERASGEN_FAST=1` 时只用软件包自带的少量例子。

# %%
import os
import pathlib
import sys

import keras
import numpy as np

import kerasgen
from kerasgen.data import to_sequences
from kerasgen.data.sets.conll2000 import tagged_sentences
from kerasgen.modalities import get
from kerasgen.modalities.music import pictures
from kerasgen.models.sequence.gradient_hmm import GradientHMM
from kerasgen.models.sequence.hmm import HMM
from kerasgen.scores.music import keys_alone

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/10")
out.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)


def show(path):
    """Shows a picture in a notebook; a script prints where it is."""
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display

        display(Image(filename=str(path)))
    print(path)


# %% [markdown]
# ## 隐马尔可夫模型
#
# 一条由隐状态 z 组成的链，人们只看得到每个状态发射出的 x：
#
# $$p(x, z) = p(z_1) \prod_t p(z_t \mid z_{t-1}) \prod_t p(x_t \mid z_t), \qquad p(x) = \sum_z p(x, z)$$
#
# 路径 z 多得不可能一条条加起来；但 z_t 之后的事与它之前的事无关，所以可以一步一步地求和，所用时间只随长度线性增长
# （Rabiner, 1989）。用手算一次：抛四次硬币，有人可能中途换成另一枚；一共 2^4 条路径，与 `log_prob` 对照。

# %%
coins = HMM(2, "categorical", size=2)
coins.arrays = {
    "start": np.array([0.5, 0.5]),
    "transitions": np.array([[0.9, 0.1], [0.2, 0.8]]),
    "emissions": np.array([[0.5, 0.5], [0.9, 0.1]]),  # 一枚均匀的硬币，一枚十次有九次落在 0 上
}
tosses = np.array([0, 0, 1, 0])
total = 0.0
for path in np.ndindex(2, 2, 2, 2):
    p = coins.arrays["start"][path[0]]
    for t in range(4):
        p *= coins.arrays["emissions"][path[t], tosses[t]]
        p *= coins.arrays["transitions"][path[t], path[t + 1]] if t < 3 else 1.0
    total += p
print(f"16 条路径之和 {total:.6f}，log_prob 给出 {np.exp(coins.log_prob([tosses])[0]):.6f}")
(until,), (smoothed,) = coins.forward([tosses]), coins.posterior([tosses])
filtered = np.exp(until - np.logaddexp.reduce(until, axis=1, keepdims=True))
print("p(第二枚硬币)，只知道到目前为止的结果：", filtered[:, 1].round(2))
print("p(第二枚硬币)，知道全部结果：          ", smoothed[:, 1].round(2))
print("最可能的路径：", coins.viterbi([tosses])[0])

# %% [markdown]
# `forward` 把到目前为止的都加起来，`posterior` 还用上后来的，`viterbi` 给出整体上最可能的那一条路径。
#
# ### 众赞歌
#
# `hmm-jsb` 有 200 个状态，没有人告诉它们代表什么；它发射的是一个四分音符里钢琴上响着的键。它是用 EM（Baum-Welch）在巴赫的
# 众赞歌上拟合的。它没见过的众赞歌概率有多大？单位是每个四分音符的奈特，旁边是各键互不相知的模型，以及打乱顺序的同一些
# 四分音符：

# %%
model = kerasgen.load("hmm-jsb")
splits = kerasgen.data.load("jsb_chorales", smoke=fast)
rolls = to_sequences(splits["test"]["roll"], splits["test"]["length"])
frames = sum(map(len, rolls))
mixed = [np.random.default_rng(0).permutation(roll) for roll in rolls]
alone = keys_alone(splits["train"])
print(f"{len(rolls)} 首众赞歌，{frames} 个四分音符")
print(f"hmm-jsb            {-model.log_prob(rolls).sum() / frames:6.2f} 奈特每四分音符")
print(f"打乱顺序           {-model.log_prob(mixed).sum() / frames:6.2f}")
print(f"各键互不相知       {-alone(rolls).sum() / frames:6.2f}")

# %% [markdown]
# 状态成了什么，问一问每个状态里响着哪些键就知道：是处在某种排列上的和弦。

# %%
names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
paths = model.viterbi(rolls)
visits = np.bincount(np.concatenate(paths), minlength=model.states)
stacked, states = np.concatenate(rolls), np.concatenate(paths)
for state in np.argsort(-visits, kind="stable")[:5]:
    shares = stacked[states == state].mean(axis=0)
    loudest = np.sort(np.argsort(-shares, kind="stable")[:4])
    keys = [f"{names[(key + 21) % 12]}{(key + 21) // 12 - 1} {shares[key]:.0%}" for key in loudest]
    print(f"状态 {state:3}，{visits[state]:3} 个四分音符：{', '.join(keys)}")
posterior = model.posterior(rolls)
forward = [np.exp(a - np.logaddexp.reduce(a, axis=1, keepdims=True)) for a in model.forward(rolls)]
for words, found in (("到目前为止", forward), ("全部", posterior)):
    print(f"最可能的状态，知道{words:6}：p = {np.concatenate(found).max(axis=1).mean():.2f}（平均）")
agree = np.mean(np.concatenate(posterior).argmax(axis=1) == states)
print(f"在最可能的路径上，{agree:.0%} 的四分音符是同一个状态")

# %% [markdown]
# 采样就是抽一个状态、抽它发射什么、再抽下一个状态。图的上排是四首真实众赞歌的开头，下排是抽出来的；
# `kerasgen sample hmm-jsb -n 2 -o chorales.mid` 可以让人听见。

# %%
length = 12 if fast else 48
real = np.stack([roll[:length] for roll in rolls if len(roll) >= length][:4])
drawn = model.sample(4, length=length, seed=1)
kerasgen.plots.save_grid(pictures(np.concatenate([real, drawn])), out / "chorales.png", columns=4, scale=3)
show(out / "chorales.png")
get("music").write(drawn, out / "chorales.mid")
print(f"同时响着的键：真实众赞歌 {real.sum(axis=2).mean():.2f}，抽出来的 {drawn.sum(axis=2).mean():.2f}")

# %% [markdown]
# ### 它做不到什么
#
# 关于过去，模型所知道的只是 200 个状态中的一个。这能维持多久？让两条链从两个状态出发，k 步之后看它们在状态上的分布相差多远
# （绝对差之和的一半：1 表示毫无共同之处，0 表示无法区分）。这里是与一条已经运行了无限久的链相比，对各状态取平均：

# %%
transitions = model.arrays["transitions"]
rest = np.linalg.matrix_power(transitions, 10_000)[0]
for k in (1, 2, 4, 8, 16, 32, 64):
    distances = 0.5 * np.abs(np.linalg.matrix_power(transitions, k) - rest).sum(axis=1)
    print(f"{k:2} 个四分音符之后：{rest @ distances:.3f}")

# %% [markdown]
# 从外面看同一件事：只知道前面 k 个四分音符，仿佛乐曲从那里开始，下一个能预言得多好？整首曲子已经听过一遍，再奏一遍时，
# 听过又有多大帮助？

# %%
longest = 8 if fast else 32
places = [(roll, t) for roll in rolls for t in range(longest, len(roll), 1 if fast else 5)]
for k in (k for k in (1, 2, 4, 8, 16, 32) if k <= longest):
    with_it = model.log_prob([roll[t - k : t + 1] for roll, t in places])
    without = model.log_prob([roll[t - k : t] for roll, t in places])
    print(f"知道前 {k:2} 个：{np.mean(without - with_it):.2f} 奈特")
once, twice = model.log_prob(rolls), model.log_prob([np.concatenate([roll, roll]) for roll in rolls])
print(f"第一遍每四分音符 {-once.sum() / frames:.2f} 奈特，重复时 {(once - twice).sum() / frames:.2f}")

# %% [markdown]
# 知道四个以上的四分音符就再没有好处；一首曲子原样重复一遍，代价不比第一遍小：没有地方可以存放它。要做到这一点，
# 就得为每一首曲子准备状态。
#
# ### 里面放一个网络
#
# 状态发射什么，也可以由一个看得见整个前一帧的网络来说。对链来说什么都没变：路径照样求和消去，`fit` 沿着 log p(x) 的梯度走，
# 而这个梯度由与 EM 同样的期望计数组成。
#
# 我们的数据是围成一圈的六盏灯。每一帧里，前一帧的图案移动一格；向左还是向右，取决于一个看不见的方向，它每二十次变一次；
# 每盏灯每二十次出错一次。表格式的发射里，每盏灯只取决于状态和前一帧的同一盏灯，于是每种图案都需要一个状态。没有链的网络
# （一个状态）不知道方向。每帧奈特数，用没有参加拟合的序列：

# %%
random = np.random.default_rng(0)
lamps, right_way = random.integers(0, 2, (500, 20, 6)), random.integers(0, 2, 500)
for t in range(1, 20):
    right_way = right_way ^ (random.random(500) < 0.05)
    moved = np.where(right_way[:, None], np.roll(lamps[:, t - 1], 1, axis=1), np.roll(lamps[:, t - 1], -1, axis=1))
    lamps[:, t] = moved ^ (random.random((500, 6)) < 0.05)
known, unseen = list(lamps[:400]), list(lamps[400:])
for count in (2, 8, 32):
    table = HMM(count, "autoregressive", smoothing=0.1, transition_smoothing=0.1, seed=0)
    table.fit(known, epochs=3 if fast else 30)
    print(f"表格，{count:2} 个状态：{-table.log_prob(unseen).mean() / 20:.2f}")
for count in (1, 2):
    network = GradientHMM(count, "neural_bernoulli", size=6, hidden_dim=32, seed=0)
    network.compile(keras.optimizers.Adam(0.03))
    network.fit(known, epochs=1 if fast else 80, batch_size=20, verbose=0)
    print(f"网络，{count} 个状态： {-network.log_prob(unseen).mean() / 20:.2f}")

# %% [markdown]
# ### 有记忆的网络
#
# `lstm-jsb` 把听过的东西存在 LSTM 的单元里，而不是若干状态之一；它从最高音往下逐个写出和弦的音，所以每个音都知道它上面的音。
# `log_prob` 同样精确。还是那两个问题：

# %%
network = kerasgen.load("lstm-jsb")
for k in (k for k in (1, 2, 4, 8, 16, 32) if k <= longest):
    with_it = network.log_prob([roll[t - k : t + 1] for roll, t in places])
    without = network.log_prob([roll[t - k : t] for roll, t in places])
    print(f"知道前 {k:2} 个：{np.mean(without - with_it):.2f} 奈特")
once, twice = network.log_prob(rolls), network.log_prob([np.concatenate([roll, roll]) for roll in rolls])
print(f"第一遍每四分音符 {-once.sum() / frames:.2f} 奈特，重复时 {(once - twice).sum() / frames:.2f}")

# %% [markdown]
# 那条链早已忘记的，它仍能从中得益。但重复一遍，代价也几乎不比第一遍小：知道乐句走到了哪里，并不等于记下了乐句本身。
#
# 和弦中最高的音最先写出，因此可以在旋律下面写出其他声部。`harmonise` 让几首曲子并排生长，认为旋律下一个音更可能的那些得以继续：

# %%
melody = [67, 67, 69, 71, 72, 71, 69, 67, 66, 67]  # MIDI 音高，每个一拍
roll = network.harmonise(melody, seed=2)
for pitch, frame in zip(melody, roll, strict=True):
    voices = [f"{names[(key + 21) % 12]}{(key + 21) // 12 - 1}" for key in np.flatnonzero(frame)]
    print(f"{names[pitch % 12]:2}", *voices)
get("music").write([roll], out / "harmonised.wav")

# %% [markdown]
# ## 条件随机场
#
# 这里词的序列是给定的，要的是标注：哪些词连在一起。概率属于整个标注序列，并且以全部词为条件：
#
# $$p(y \mid x) = \frac{1}{Z(x)} \exp \sum_t \big( u_t(y_t, x) + A(y_{t-1}, y_t) \big)$$
#
# 分数 u 可以看整个句子，因为不必有谁来说句子是怎样产生的。Z(x) 的求和与隐马尔可夫模型一样。`crf-conll2000` 寻找短语；
# `tag` 给出整体上最可能的标注，`marginals` 给出每个标注的概率。

# %%
crf = kerasgen.load("crf-conll2000")
sentence = "Time flies like an arrow ."
print([f"{kind}: {words}" for kind, words, _, _ in crf.tag([sentence], spans=True)[0]])
for word, row in zip(sentence.split(), crf.marginals([sentence.split()])[0], strict=True):
    best = np.argsort(-row)[:3]
    print(f"{word:6}", ", ".join(f"{crf.tags[i]} {row[i]:.3f}" for i in best))

# %% [markdown]
# 它把 "time flies" 当成一种昆虫，一个名词短语，并且说出自己对此有多大把握。
#
# 标注有规则：I-NP 接续一个名词短语，不能跟在 B-VP 之后。在每个词上各取分数最高的标注，就会违反规则；条件随机场知道什么可以跟在
# 什么之后。在测试句子上：

# %%
sentences, right = tagged_sentences(kerasgen.data.load("conll2000", smoke=fast)["test"])
sentences, right = sentences[:300], right[:300]
scores = crf.predict(crf.hashed(sentences), verbose=0)
one_by_one = [[crf.tags[i] for i in row[: len(words)].argmax(axis=1)] for row, words in zip(scores, sentences, strict=True)]
together = crf.tag(sentences)


def illegal(tags):
    """How often an I-X follows neither B-X nor I-X."""
    return sum(b[0] == "I" and a[2:] != b[2:] for row in tags for a, b in zip(["O", *row], row, strict=False))


words = sum(map(len, right))
for name, tags in (("逐词取", one_by_one), ("整体取", together)):
    hits = sum(a == b for row, true in zip(tags, right, strict=True) for a, b in zip(row, true, strict=True))
    print(f"{name:10}: {hits / words:.1%}（{words} 个标注中正确的），{illegal(tags)} 处不合规则")

# %% [markdown]
# ### 它做不到什么
#
# 它不给句子概率。无论是什么词，所有标注序列的概率合起来总是 1：我们对两个词把全部 23² 对标注加起来，再对颠倒了顺序的这两个词
# 加一次。在打乱的句子里，它对标注不那么有把握，仅此而已：它不会说没有人这样写，而 `hmm-jsb` 对打乱顺序的四分音符是会说的。

# %%
pairs = [[a, b] for a in crf.tags for b in crf.tags]
for two in (["The", "clock"], ["clock", "The"]):
    total = np.exp(crf.log_prob([two] * len(pairs), pairs)).sum()
    print(f"{' '.join(two):10} 全部 {len(pairs)} 对标注：{total:.4f}；最可能：{' '.join(crf.tag([two])[0])}")
try:
    crf.sample(1)
except NotImplementedError as error:
    print(error)
shuffled = [[row[i] for i in np.random.default_rng(0).permutation(len(row))] for row in sentences]
for name, rows in (("原样", sentences), ("打乱", shuffled)):
    sure = np.concatenate(crf.marginals(rows)).max(axis=1).mean()
    print(f"句子{name}：每个词最可能的标注，概率平均为 {sure:.3f}")

# %% [markdown]
# ## 记忆机器
#
# 两者都缺一个放东西的地方。神经图灵机（Graves et al., 2014）在网络旁边有一个：N 个槽、每槽 M 个数的记忆。它的*控制器*，这里是
# 一个 LSTM，看见输入和上一步读到的东西；它的*读写头*按内容，或者从原来的位置移一步，找到一个槽，在那里写或者读。这一切都有
# 斜率，所以能从问题和答案中学会。给 `ntm-copy` 看的是 1 到 20 行比特，答案就是这些行本身。

# %%
machine = kerasgen.load("ntm-copy")
random = np.random.default_rng(0)
for rows in (5, 10, 20, 40, 80):
    asked = [random.integers(0, 2, (rows, 8)) for _ in range(20)]
    found = machine.run(asked)
    exact = np.mean([np.array_equal(a, b) for a, b in zip(asked, found, strict=True)])
    hits = np.mean([np.mean(a == b) for a, b in zip(asked, found, strict=True)])
    print(f"{rows:2} 行：{hits:.2%} 的比特正确，{exact:.0%} 的序列没有错误")

# %% [markdown]
# 图中是 20 行，时间从左到右。从上往下：输入什么，输出什么，写到哪些槽，读哪些槽。没有人告诉它要一行接一行地写、再从第一行
# 读起：这是用梯度找到的一个程序。

# %%
asked = random.integers(0, 2, (20, 8))
((reading, writing),) = machine.attention([asked])
question = machine.encoded([asked])[0][0]
picture = kerasgen.plots.memory_image(question, machine.run([asked])[0], reading, writing)
kerasgen.plots.save_grid(picture[None], out / "memory.png", columns=1, scale=1)
show(out / "memory.png")

# %% [markdown]
# 隐马尔可夫模型得为 2^160 种 20 行的序列各准备一个状态。这台机器做不到的，是它自己那项任务以外的任何事：它不知道它的那些行概率
# 有多大，记忆要作别的用途就得重新学。

# %% [markdown]
# ## 文章是怎么说的
#
# （003，第 9 行）这样的标记指文章及其行号，`tutorials/README.md` 列出了文章。
#
# - “传统的生成模型包括 GMM、HMM、CRF 等”（003，第 9 行）。三个里对了两个：条件随机场是 p(标注 | 词)，是判别模型。从它那里什么也
#   抽不出来，上面它自己的报错就是这么说的；隐马尔可夫模型之所以是生成模型，是因为它有 p(x)：

# %%
for name, each in (("HMM", model), ("CRF", crf)):
    print(f"{name}: {', '.join(each.capabilities)}")

# %% [markdown]
# - 传统生成模型“在有监督数据上进行训练”（003，第 233 行）。众赞歌的隐马尔可夫模型只用音符、由 EM 拟合；状态是它自己想出来的，
#   它连标签都不接受。离不开标签的反而是条件随机场，而它不是生成模型：

# %%
for name, fit in (("HMM", lambda: HMM(2).fit([np.zeros((3, 1))], [0])), ("CRF", lambda: crf.fit(crf.hashed(sentences[:1])))):
    try:
        fit()
    except ValueError as error:
        print(f"{name}: {str(error)[:100]}")

# %% [markdown]
# - “这个记忆可以被视为一个一维的存储器”，由“控制头(Controller)”来读写（004，第 101 行）。它是一个矩阵，由若干槽组成，每槽有
#   好几个数；控制器也不是头。控制器是一个网络，它说头该做什么；读和写的是头：

# %%
print(f"记忆：{machine.slots} 个槽，每槽 {machine.width} 个数")
print(f"控制器：{machine.controller}，{machine.units} 个单元；{machine.heads} 个读头，{machine.heads} 个写头")
try:
    machine.sample(1)
except NotImplementedError as error:
    print(error)

# %% [markdown]
# - 同一段把它称为生成新数据的生成模型。按原论文，它是一个带记忆的网络，把问题变成答案；问它下一个元素是什么，才把这样的
#   网络用成生成模型。
