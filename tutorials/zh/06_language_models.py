# %% [markdown]
# # 6. 语言模型：从马尔可夫假设到注意力
#
# 语言模型给出一段文本的概率。其余都由此而来：下一个字符是什么，写什么，两段文本哪一段更好。这一页从计数走到注意力：
#
# - 链式法则，以及马尔可夫链略去了其中的什么；
# - n 元语法：为什么计数为零不能当作概率为零；
# - 在这里当场训练的 LSTM 和 GPT，与库里的模型以及单纯的计数并排；
# - 解码：贪心、温度、top-p、束搜索；
# - 注意力：模型看向哪里，以及不让它看到后文的掩码；
# - 一个偷看了答案的“双向”模型。
#
# 末尾运行一篇文章里印出的语言模型，逐条改正它的错误。
#
# 用真实数据，两个 CPU 核心上需要几分钟；设 `KERASGEN_FAST=1` 时只用软件包自带的几千个字符，训练几步，代码全部运行，但学不到
# 多少。

# %%
import collections
import itertools
import os
import pathlib
import re
import sys

import keras
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure

import kerasgen
from kerasgen.models.language.attention_lstm import AttentionLSTM
from kerasgen.models.language.gpt import GPT
from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.models.language.markov_chain import MarkovChain
from kerasgen.models.language.ngram import NGram
from kerasgen.tokenizers import CharacterTokenizer

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/06")
out.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)


def show(path):
    """Shows a picture in a notebook; a script prints where it is."""
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display

        display(Image(filename=str(path)))
    print(path)


def attempt(what, lines):
    """Runs some lines and prints what comes of them, an error included."""
    try:
        print(f"{what}: {lines()}")
    except Exception as error:
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # 合成一行，去掉终端颜色
        print(f"{what}: {type(error).__name__}: {words[:160]}")


splits = kerasgen.data.load("tiny_shakespeare", smoke=fast)
read, unread = (kerasgen.data.to_text(splits[part]["text"]) for part in ("train", "test"))
unread = unread[:20_000]
markov = kerasgen.load("markov-shakespeare")
tokenizer = markov.tokenizer
ids, unread_ids = tokenizer.encode(read), tokenizer.encode(unread)

# %% [markdown]
# ## 链式法则与马尔可夫假设
#
# 一段文本的概率是一个乘积，每个字符一个因子。这不是假设，对任何分布都成立：
#
# $$p(x_1 \dots x_n) = p(x_1)\, p(x_2 | x_1) \cdots p(x_n | x_1 \dots x_{n-1})$$
#
# 马尔可夫假设说的是这些因子：给定前 k 个字符，下一个字符与更早的无关。这样模型就是一张表，学习就是计数。
# `markov-shakespeare` 的 k 是 6。下面的单位是*每字符奈特*，即 -log p 的平均；65 个字符随机出现时是 log 65 = 4.17，而可能达
# 到的最小值是文本的熵，不是 0。

# %%
line = "To be, or not to be"
factors = markov.token_log_probs(tokenizer.encode(line)[None])[0]
print("每个字符的 log p：", np.round(factors, 1))
print(f"总和 {factors.sum():.4f}，整行的 log_prob {markov.log_prob([line])[0]:.4f}")
print("阶      状态数                 读过    没读过（每字符奈特）")
for order in (0, 1, 2, 3, 4, 6, 8):
    chain = MarkovChain(tokenizer.size, order, smoothing=30.0, beginning=(0, 0))
    chain.fit(ids[None])
    nats = [-chain.token_log_probs(part[None]).mean() for part in (ids[:20_000], unread_ids)]
    print(f"{order:5}   {tokenizer.size**order:<20,}   {nats[0]:.3f}   {nats[1]:.3f}")

# %% [markdown]
# 记忆越长，对数过的文本描述得越好。对别的文本，它很快就不再有用：在整段验证文本上，5 阶是 1.620 奈特，6 阶 1.611，7 阶相
# 同，8 阶 1.614（`kerasgen info markov-shakespeare`）。所以阶数要在没有数过的文本上选。
#
# 一阶链就是一个矩阵。下面是 26 个字母加空格的矩阵（图中 `_` 是空格；横轴是下一个字母，纵轴是当前字母，右边的条是平稳分
# 布）。*平稳分布*是走一步之后不变的分布，链从任何状态出发都会到达它；对数出来的链，它几乎就是各个字母出现的频率。

# %%
letters = CharacterTokenizer(" abcdefghijklmnopqrstuvwxyz")
spelled = re.sub("[^a-z]+", " ", read.lower())
chain = MarkovChain(letters.size, order=1, smoothing=1.0, beginning=(0,))
chain.fit(letters.encode(spelled)[None])
matrix, stationary = chain.transition_matrix(), chain.stationary()
kerasgen.plots.save_matrix(matrix, ["_", *letters.characters[1:]], out / "matrix.png", stationary)
show(out / "matrix.png")
far = np.linalg.matrix_power(matrix, 50)
often = np.bincount(letters.encode(spelled), minlength=letters.size) / len(spelled)
print(f"走一步，平稳分布改变 {np.abs(stationary @ matrix - stationary).max():.0e}")
print(f"从任何字母出发，50 步之后与它相差 {np.abs(far - stationary).max():.0e}")
print(f"它与字母出现的频率最多相差 {np.abs(stationary - often).max():.4f}")
attempt("6 阶的矩阵", lambda: markov.transition_matrix())

# %% [markdown]
# ## n 元语法，以及从未见过的
#
# n 元语法模型就是 n-1 阶的链。单凭计数，没见过的概率就是 0，而一个这样的因子会让整段文本变得不可能。这种情况有多常见？

# %%
unseen = None
for n in range(2, 9):
    known = {read[i : i + n] for i in range(len(read) - n + 1)}
    missing = [i for i in range(len(unread) - n + 1) if unread[i : i + n] not in known]
    print(f"{n} 个字符：没读过的文本里有 {len(missing) / (len(unread) - n + 1):6.2%} 从未见过", end="")
    print(f"，第一个是 {unread[missing[0] : missing[0] + n]!r}" if missing else "")
    if n == 5:
        unseen = unread[missing[0] : missing[0] + n]

# %% [markdown]
# 五个字符的串，大约每七个就有一个从未见过；八个字符的则过半。平滑从见过的那里拿走一些，给没见过的。给谁？由更短的上下文决
# 定，一直退到单个字符。Kneser 和 Ney 的要点是在那里*数什么*：只有当长的上下文不知道时才会去问短的，所以它应该说一个词能出现
# 在多少种位置，而不是出现了多少次。剧本里有些名字很常见，却只跟在一个词之后：在真实文本里 VINCENTIO 出现 160 次，前面总是同
# 一个词。

# %%
words = re.findall(r"[A-Za-z']+|[^\sA-Za-z]", read)
times, before = collections.Counter(words), collections.defaultdict(set)
for left, word in itertools.pairwise(words):
    before[word].add(left)
common = [word for word, count in times.items() if count >= (5 if fast else 60)]
for word in sorted(common, key=lambda word: (len(before[word]) / times[word], word))[:3]:
    print(f"{word!r} 出现 {times[word]} 次，前面有 {len(before[word])} 种不同的词")

counted = {order: NGram(tokenizer.size, order, beginning=(0,) * max(1, order - 1)) for order in (2, 3, 5, 7)}
for model in counted.values():
    model.fit(ids[None])
context, last = tokenizer.encode(unseen[:-1]), tokenizer.encode(unseen[-1])[0]
follows = collections.Counter(read[i + 4] for i in range(len(read) - 4) if read[i : i + 4] == unseen[:-1])
print(f"{unseen[:-1]!r} 见过 {follows.total()} 次；其后是 {unseen[-1]!r} 的概率：")
print(f"  单凭计数       {follows[unseen[-1]] / max(1, follows.total()):.6f}")
print(f"  加一           {1 / (follows.total() + tokenizer.size):.6f}")
print(f"  Kneser-Ney     {np.exp(counted[5].next_log_probs([context])[0, last]):.6f}")
for order, model in counted.items():
    print(f"Kneser-Ney，{order} 元：没读过的文本 {-model.token_log_probs(unread_ids[None]).mean():.3f} 奈特")

# %% [markdown]
# `ngram-shakespeare` 用到八个字符，保留 70 万个 n 元组，折扣是在留出的文本上选的。神经网络要越过的就是这条线：它没有用到任
# 何梯度。
#
# ## 神经网络
#
# 对一张表来说，差一个字母的两个上下文毫无关系。神经网络把它们读成向量，相似的彼此靠近。LSTM 带着一个状态走过文本，
# Transformer 则看到窗口里的所有字符。两者用同一个损失学习：-log p 的平均。我们各训练一个小的，几百步，这不算多；库里的模型
# （见下表）更大，把文本读了十遍以上。

# %%
small = {
    "LSTM，当场训练": LSTMLanguageModel(
        tokenizer.size, 32, units=128, num_layers=1, dropout=0.0, weight_drop=0.0, average_decay=0.98, seed=0
    ),
    "GPT，当场训练": GPT(tokenizer.size, width=64, num_layers=2, num_heads=2, window=64, average_decay=0.98, seed=0),
}
for model in small.values():
    model.tokenizer = tokenizer
    model.compile(keras.optimizers.Adam(4e-3, global_clipnorm=1.0))
    model.fit(kerasgen.data.TextBatches(ids, 64, 32, steps_per_epoch=10 if fast else 300), verbose=0)
released = ("markov-shakespeare", "ngram-shakespeare", "gru-shakespeare", "lstm-shakespeare", "gpt-shakespeare")
zoo = {name: kerasgen.load(name) for name in released}
print(f"{'每个字符等可能':20}  没读过的文本每字符 {np.log(tokenizer.size):.3f} 奈特")
for name, model in {**small, **zoo}.items():
    print(f"{name:20}  {-model.log_prob([unread])[0] / len(unread):.3f}")

# %% [markdown]
# （`kerasgen info gpt-shakespeare` 给出整段文本上的数字和区间，这里只用了前 20,000 个字符。）
#
# ## 解码
#
# 模型给出概率，写什么是另一个决定。*贪心*每次取最可能的字符。*温度* T 从 p 的 1/T 次方里抽取：小于 1 时偏向可能性大的。
# *top-p* 只从合计概率为 p 的最可能的字符里抽取，从不碰尾部。*束搜索*同时保留几段文本，寻找整体上可能性大的一段。下面给出每种
# 方法写出的文本，以及按模型自己的度量每字符花费多少奈特：

# %%
gpt, prompt, length = zoo["gpt-shakespeare"], "ROMEO:\n", 40 if fast else 150
given = gpt.log_prob([prompt])[0]
ways = {
    "贪心": {"temperature": 0},
    "温度 0.7": {"temperature": 0.7, "seed": 1},
    "温度 1": {"seed": 1},
    "温度 1.5": {"temperature": 1.5, "seed": 1},
    "top-p 0.9": {"top_p": 0.9, "seed": 1},
    "束搜索 8": {"beams": 8},
}
costs = {}
for name, how in ways.items():
    text = gpt.generate(prompt, length=length, **how)
    costs[name] = (given - gpt.log_prob([text])[0]) / length
    print(f"--- {name}: 每字符 {costs[name]:.2f} 奈特\n{text[len(prompt) :]}")
print("束搜索的结果至少和贪心一样可能：", costs["束搜索 8"] <= costs["贪心"] + 1e-4)
for text, log_prob in gpt.generate("To be, or not to b", length=12, beams=8, n_best=3):
    print(f"log p {log_prob:6.2f}: {text!r}")

# %% [markdown]
# 真实文本的花费见上面的表。贪心和束搜索写出的文本，可能性远大于任何真实文本，也很乏味：最可能的文本不是典型的文本。温度为 1
# 时，模型写的就是它所相信的；写得不如真实文本，是因为模型不够好。温度略低于 1，或用 top-p，差错更少，变化也更少。
#
# ## 注意力
#
# LSTM 必须把以后用得着的一切带着走过每一步。有了注意力，就可以回头去查：每个状态问所有更早的状态有多合适（分数的
# softmax），再按这些权重取它们的平均。有一个任务能把它显示出来：六个随机字母，一条竖线，再是同样的六个字母。前六个无从得
# 知，每个 log 8 = 2.08 奈特；后六个可以照抄。`attention(text)` 给出权重：每一行是要预测的字母，每一列是读过下方那个字母之后
# 的状态。


# %%
def copies(count, seed):
    """Rows of six letters, a bar, and the same letters: int32 (count, 13)."""
    chosen = np.random.default_rng(seed).integers(0, 8, (count, 6))
    return np.concatenate([chosen, np.full((count, 1), 8), chosen], axis=1).astype("int32")


copier = AttentionLSTM(9, 16, units=48, window=13, attention_dim=16, dropout=0.0, weight_drop=0.0, average_decay=0.98, seed=0)
copier.tokenizer = CharacterTokenizer("abcdefgh|")
copier.compile(keras.optimizers.Adam(1e-2, global_clipnorm=1.0))
copier.fit(copies(320 if fast else 25_600, seed=1), batch_size=64, verbose=0)
nats = -copier.token_log_probs(copies(200, seed=2)).mean(axis=0)
print(f"每个字母的奈特数：前六个 {nats[:6].mean():.2f}，竖线 {nats[6]:.2f}，照抄的 {nats[7:].mean():.2f}")
text = copier.tokenizer.decode(copies(1, seed=3)[0])
weights = copier.attention(text)
figure = Figure(figsize=(5, 5), layout="constrained")
axes = figure.add_subplot()
axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
axes.set(xticks=range(13), yticks=range(13), xticklabels=["-", *text[:-1]], yticklabels=list(text))
figure.savefig(out / "attention.png", dpi=90)
show(out / "attention.png")

# %% [markdown]
# Transformer 没有带着走的状态，它是每个字符对每个字符的注意力。要同时训练所有的预测，每个预测就只能看到它之前的内容。这就
# 是*因果掩码*：在 softmax 之前，把后面字符的分数设为负无穷。检验的办法：改动一个字符，看谁的输出变了。


# %%
def self_attention(x, causal):
    """One head, without weights: vectors (length, width) -> (length, width)."""
    scores = x @ x.T / np.sqrt(x.shape[1])
    if causal:
        scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ x


x = np.random.default_rng(0).standard_normal((6, 8))
other = x.copy()
other[4] += 1
for causal in (False, True):
    moved = np.abs(self_attention(x, causal) - self_attention(other, causal)).max(axis=1) > 1e-9
    print(f"改动第 4 个；{'有' if causal else '没有'}掩码时，变了的输出：", np.flatnonzero(moved))
one, two = unread_ids[:40], unread_ids[:40].copy()
two[20] = (two[20] + 1) % tokenizer.size
moved = np.abs(gpt.token_log_probs(one[None]) - gpt.token_log_probs(two[None]))[0] > 1e-5
print(f"gpt-shakespeare，改动第 20 个字符：之前变了 {moved[:20].sum()} 个，从它起变了 {moved[20:].sum()} 个")

# %% [markdown]
# ## 文章里印的是什么
#
# （000, line 17）这样的标注指一篇文章和它的行号，见 `tutorials/README.md`。其中几句话上面已经回答了：n 元语法不是彼此独立的
# 词（第 15 行），每个词都依赖前面 n-1 个；马尔可夫假设不是“无转移和完全转移”二选一（第 37 行），而是给定最近 k 个之后，未
# 来与过去无关；损失接近的不是 0（第 41 行），而是文本的熵。
#
# ### 泄漏（000, line 17）
#
# “神经语言模型基于双向循环神经网络……来预测下一个词。”照这样做，从右边读来的那一半已经读过要预测的词。从 20 个符号里随机
# 抽取就能看出来：谁也预测不了，任何诚实的损失都不会低于 log 20 = 2.996。“末尾”一栏是最后一个符号的损失，它后面没有下一个
# 可读：真要写文本时，处境就是这样。正确的做法是两个模型各读一个方向，只在双方都没读过答案的地方汇合（Peters et al.,
# 2018）。


# %%
def reader(kind):
    """Predicts token t+1 at token t, in one of three ways."""
    tokens = keras.Input((31,), dtype="int32")
    x = layers.Embedding(20, 32)(tokens)
    if kind == "双向，想当然":
        x = layers.Bidirectional(layers.GRU(48, return_sequences=True))(x)
    else:
        ahead, back = layers.GRU(48, return_sequences=True)(x), layers.GRU(48, return_sequences=True, go_backwards=True)(x)
        back = ops.pad(ops.flip(back, axis=1)[:, 2:], [[0, 0], [0, 2], [0, 0]])  # 在 t 处，读过 t+2 及其后
        x = ahead if kind == "单向" else ops.concatenate([ahead, back], axis=-1)
    model = keras.Model(tokens, layers.Dense(20)(x))
    model.compile(keras.optimizers.Adam(5e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


noise = np.random.default_rng(0).integers(0, 20, (640 if fast else 25_600, 32))
fresh = np.random.default_rng(1).integers(0, 20, (200, 32))
for kind in ("单向", "双向，想当然", "两个方向分开"):
    model = reader(kind)
    model.fit(noise[:, :-1], noise[:, 1:], batch_size=64, verbose=0)
    log_probs = ops.log_softmax(model.predict(fresh[:, :-1], verbose=0))
    nats = -np.take_along_axis(ops.convert_to_numpy(log_probs), fresh[:, 1:, None], axis=2)[..., 0].mean(axis=0)
    print(f"{kind:20}  每符号 {nats.mean():.3f} 奈特，末尾 {nats[-1]:.3f}；熵 {np.log(20):.3f}")

# %% [markdown]
# ### 程序（000, lines 73-129）
#
# 下面是它的代码，去掉了注释。先照原样运行，哪里出错就改哪里，再接着运行。

# %%
PRINTED_MODEL = """
model = Sequential()
model.add(Embedding(vocab_size, embedding_dim, input_length=seq_len))
model.add(LSTM(hidden_dim, dropout=0.2, recurrent_dropout=0.2))
model.add(Dense(vocab_size, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam')
"""
PRINTED_DATA = """
def data_generator(data, batch_size):
    num_samples = len(data)
    while True:
        indices = np.random.randint(num_samples, size=batch_size)
        X = [data[i] for i in indices]
        y = [data[i+1] for i in indices]
        yield np.array(X), np.eye(vocab_size)[y].reshape((-1, vocab_size))
"""
PRINTED_LOOP = """
for x, y in train_gen:
    batches += 1
    loss = model.train_on_batch(x, y)
    train_loss.append(loss)

    if batches >= steps_per_epoch or (batches % 10 == 0 and verbose > 0):
        cur_loss = np.mean(train_loss[-steps_per_epoch:])
"""
PRINTED_END = """print('Val - Loss: {:.4f}
'.format(val_loss))"""
names = {"np": np, "Sequential": keras.Sequential, "Embedding": layers.Embedding, "LSTM": layers.LSTM, "Dense": layers.Dense}
names |= {"batch_size": 64, "hidden_dim": 128, "embedding_dim": 64, "seq_len": 32}
attempt("第 128-129 行，字符串跨了两行", lambda: exec(PRINTED_END, names))
attempt("第 81-85 行，vocab_size 没有定义", lambda: exec(PRINTED_MODEL, names))
names["vocab_size"] = tokenizer.size
exec(PRINTED_MODEL + PRINTED_DATA, names)
attempt("第 81-85 行，给出之后", lambda: names["model"].name.split("_")[0])

# %% [markdown]
# **下标越界（第 94 行）。** `indices` 最大到 `num_samples - 1`，而 `data[i+1]` 还要多一个。哪一批抽到最后一个下标，哪一批就
# 出错：100 个窗口、每批 64 个时，差不多每两批就有一批。改法：少抽一个。
#
# **目标的形状不对（第 93-95 行）。** 如果 `data` 的元素是窗口，它的下一个元素也是窗口，64 个长 32 的窗口就得到 2,048 行目
# 标，而输出只有 64 个。如果元素是单个符号，就没有序列可读。改法：目标是窗口自己向后移一位，*每个*位置都有。目标保持整数，
# LSTM 在每个位置都给出输出。

# %%
windows = ids[: len(ids) // 32 * 32].reshape(-1, 32)
np.random.seed(0)
printed = names["data_generator"]
attempt("第 94 行，100 个窗口", lambda: list(itertools.islice(printed(windows[:100], 64), 50)))
x, y = next(printed(windows[:-1], 8))
print("第 93-95 行，窗口：", x.shape, "目标", y.shape, "输出", names["model"](x).shape)
attempt("第 110 行", lambda: names["model"].train_on_batch(x, y))
attempt("第 110 行，单个符号", lambda: names["model"].train_on_batch(*next(printed(ids[:-1], 8))))


def mended_generator(data, batch_size):
    """(tokens, the tokens one further on), int (batch_size, 32) each."""
    while True:
        starts = np.random.randint(len(data) - 32, size=batch_size)
        found = data[starts[:, None] + np.arange(33)]
        yield found[:, :-1], found[:, 1:]


mended = keras.Sequential(
    [
        keras.Input((None,), dtype="int32"),
        layers.Embedding(tokenizer.size, 64),
        layers.LSTM(128, dropout=0.2, return_sequences=True),
        layers.Dense(tokenizer.size, activation="softmax"),
    ]
)
mended.compile("adam", "sparse_categorical_crossentropy")

# %% [markdown]
# **没有尽头的轮次（第 108-117 行和 122-125 行）。** 生成器永远不会结束，循环里也没有 `break`：第 113 行的条件只管求平均。验
# 证也一样。用一个计数器在 `steps_per_epoch` 的三倍处叫停，就能证明。改法：一轮就是若干批。


# %%
def counting(batches, limit):
    for number, batch in enumerate(batches):
        if number == limit:
            raise TimeoutError(f"{number} 批之后还在第一轮里")
        yield batch


steps = 5
names |= {"model": mended, "train_gen": counting(mended_generator(ids, 8), 3 * steps), "steps_per_epoch": steps}
names |= {"batches": 0, "train_loss": [], "verbose": 0}
attempt(f"第 108-117 行，每轮 {steps} 批", lambda: exec(PRINTED_LOOP, names))
mended.fit(mended_generator(ids, 32), steps_per_epoch=steps if fast else 300, epochs=1, verbose=0)
held = next(mended_generator(unread_ids, 200))
print(f"改正之后：没读过的文本每字符 {mended.evaluate(*held, verbose=0):.2f} 奈特；等可能时 {np.log(tokenizer.size):.2f}")

# %% [markdown]
# **保留率（第 65 行）。** “Dropout 通过设置保留率来实现。”Keras 的参数是*丢掉*的比例：想保留五分之四而传 0.8，只会留下五
# 分之一。
#
# 另外，第 63 行说正则化防止*欠*拟合；它防止的是过拟合。

# %%
for rate in (0.8, 0.2):
    kept = ops.convert_to_numpy(layers.Dropout(rate, seed=0)(np.ones((1, 10_000), "float32"), training=True))
    print(f"Dropout({rate}) 留下 {np.mean(kept > 0):.0%}")

# %% [markdown]
# 文章里还缺一样：怎样用模型写文本。那就是上面解码一节；第 3 篇为这样的模型搜索学习率和 dropout，命令行则用
# `kerasgen generate gpt-shakespeare --prompt "ROMEO:"` 来写。
