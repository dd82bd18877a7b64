"""The zoo's models in plain PyTorch, eager: networks of the same layers, and the same training steps.

Images are channels first. Where TensorFlow pads one pixel more after an image than before it, PyTorch does the opposite.
Built from what a kerasgen worker wrote down: the model's configuration, its optimizer's and some batches.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def start_like_keras(layer):
    if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.xavier_uniform_(layer.weight)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


class DCGAN(nn.Module):
    def __init__(self, latent_dim, widths, discriminator_widths, penalty_weight, **config):
        super().__init__()
        self.latent_dim, self.penalty_weight = latent_dim, penalty_weight
        coarse, middle, fine = widths
        self.generator = nn.Sequential(
            nn.Linear(latent_dim, 7 * 7 * coarse, bias=False),
            nn.BatchNorm1d(7 * 7 * coarse, eps=1e-3),
            nn.ReLU(),
            nn.Unflatten(1, (coarse, 7, 7)),
            nn.ConvTranspose2d(coarse, middle, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(middle, eps=1e-3),
            nn.ReLU(),
            nn.ConvTranspose2d(middle, fine, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(fine, eps=1e-3),
            nn.ReLU(),
            nn.Conv2d(fine, 1, 5, padding=2),
            nn.Tanh(),
        )
        first, second, third = discriminator_widths
        self.discriminator = nn.Sequential(
            nn.Conv2d(1, first, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(first, second, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(second, third, 4, stride=2, padding=2),  # (batch, third, 4, 4)
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(4 * 4 * third, 1),
        )
        self.apply(start_like_keras)
        for weight in (p for p in self.generator.parameters() if p.dim() > 1):
            nn.init.normal_(weight, std=0.02)

    averaged = ("generator",)

    def step(self, images, optimizers):
        with torch.no_grad():
            fakes = self.generator(torch.randn(len(images), self.latent_dim))
        images.requires_grad_(True)
        real_logits, fake_logits = self.discriminator(images).float(), self.discriminator(fakes).float()
        (slopes,) = torch.autograd.grad(real_logits.sum(), images, create_graph=True)
        penalty = slopes.square().sum(dim=(1, 2, 3)).mean()
        d_loss = F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean() + 0.5 * self.penalty_weight * penalty
        optimizers["discriminator"].minimize(d_loss)

        self.discriminator.requires_grad_(False)
        fakes = self.generator(torch.randn(len(images), self.latent_dim))
        g_loss = F.softplus(-self.discriminator(fakes).float()).mean()
        optimizers["generator"].minimize(g_loss)
        self.discriminator.requires_grad_(True)
        accuracies = {"real_accuracy": (real_logits > 0).float().mean(), "fake_accuracy": (fake_logits < 0).float().mean()}
        return {"discriminator_loss": d_loss, "generator_loss": g_loss, **accuracies}


class Residual(nn.Sequential):
    def __init__(self, width):
        super().__init__(nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x):
        return x + super().forward(x)


class VAE(nn.Module):
    def __init__(self, latent_dim, widths, blocks, hidden_dim, train_samples, **config):
        super().__init__()
        self.latent_dim, self.train_samples = latent_dim, train_samples
        half, quarter = widths
        self.encoder = nn.Sequential(
            nn.Conv2d(1, half, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.Conv2d(half, quarter, 5, stride=2, padding=2),
            *[Residual(quarter) for _ in range(blocks)],
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(7 * 7 * quarter, hidden_dim),
            nn.ReLU(),
        )
        self.mean, self.log_variance = nn.Linear(hidden_dim, latent_dim), nn.Linear(hidden_dim, latent_dim)
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, hidden_dim),
            nn.ReLU(),
            nn.Linear(hidden_dim, 7 * 7 * quarter),
            nn.Unflatten(1, (quarter, 7, 7)),
            *[Residual(quarter) for _ in range(blocks)],
            nn.ReLU(),
            nn.ConvTranspose2d(quarter, half, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(half, 1, 4, stride=2, padding=1),
        )
        self.apply(start_like_keras)
        residuals = [part for part in self.modules() if isinstance(part, Residual)]
        for layer in (self.log_variance, *(residual[-1] for residual in residuals)):
            nn.init.zeros_(layer.weight)

    averaged = ("encoder", "mean", "log_variance", "decoder")

    def step(self, images, optimizers):
        bits = (2 * torch.rand_like(images) - 1 < images).float()
        hidden = self.encoder(2 * bits - 1)
        mean, log_variance = self.mean(hidden).float(), self.log_variance(hidden).float()
        noise = torch.randn(self.train_samples, *mean.shape)
        latents = mean + torch.exp(0.5 * log_variance) * noise
        logits = self.decoder(latents.flatten(0, 1)).float()
        losses = F.binary_cross_entropy_with_logits(logits, bits.repeat(self.train_samples, 1, 1, 1), reduction="none")
        log_likelihood = -losses.sum(dim=(1, 2, 3)).view(self.train_samples, -1)
        log_ratio = 0.5 * (noise.square() + log_variance - latents.square()).sum(dim=-1)
        loss = math.log(self.train_samples) - torch.logsumexp(log_likelihood + log_ratio, dim=0).mean()
        optimizers["model"].minimize(loss)
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=-1)
        return {"loss": loss, "reconstruction": -log_likelihood.mean(), "divergence": divergence.mean()}


class WeightDropLSTM(nn.Module):
    """`torch.lstm` with dropped recurrent weights; its second bias, which Keras does not have, stays zero."""

    def __init__(self, features, units, weight_drop):
        super().__init__()
        self.weight_drop = weight_drop
        self.kernel = nn.Parameter(nn.init.xavier_uniform_(torch.empty(4 * units, features)))
        self.recurrent_kernel = nn.Parameter(nn.init.orthogonal_(torch.empty(4 * units, units)))
        self.bias = nn.Parameter((torch.arange(4 * units) // units == 1).float())  # one for the forget gates
        self.register_buffer("no_bias", torch.zeros(4 * units), persistent=False)

    def forward(self, x):
        recurrent = F.dropout(self.recurrent_kernel, self.weight_drop, self.training)
        state = torch.zeros(1, len(x), recurrent.shape[1], dtype=x.dtype)
        weights = [w.to(x.dtype) for w in (self.kernel, recurrent, self.bias, self.no_bias)]
        return torch.lstm(x, (state, state), weights, True, 1, 0.0, self.training, False, True)[0]


class LSTMLanguageModel(nn.Module):
    def __init__(self, vocabulary_size, embedding_dim, units, num_layers, dropout, weight_drop, **config):
        super().__init__()
        self.vocabulary_size, self.dropout = vocabulary_size, dropout
        self.embedding = nn.Embedding(vocabulary_size + 1, embedding_dim)
        self.lstms = nn.ModuleList(
            [WeightDropLSTM(units if i else embedding_dim, units, weight_drop) for i in range(num_layers)]
        )
        self.head = nn.Linear(units, vocabulary_size)
        self.apply(start_like_keras)

    averaged = ("embedding", "lstms", "head")

    def step(self, tokens, optimizers):
        before = F.pad(tokens[:, :-1], (1, 0), value=self.vocabulary_size)
        x = self.embedding(before)
        if torch.is_autocast_enabled("cpu"):
            x = x.to(torch.get_autocast_dtype("cpu"))
        for lstm in self.lstms:
            x = lstm(x)
            x = x * F.dropout(torch.ones_like(x[:, :1]), self.dropout)  # the same at all steps of a text
        logits = self.head(x).float()
        loss = F.cross_entropy(logits.flatten(0, 1), tokens.flatten())
        optimizers["model"].minimize(loss)
        return {"loss": loss, "accuracy": (logits.argmax(dim=-1) == tokens).float().mean()}


MODELS = {"dcgan-mnist": DCGAN, "vae-mnist": VAE, "lstm-shakespeare": LSTMLanguageModel}


class Minimizer:
    """Adam with the learning rates and the clipping of the given Keras configuration."""

    def __init__(self, network, config):
        schedule = config["learning_rate"]["config"]
        self.parameters, self.clip = list(network.parameters()), config["global_clipnorm"]
        betas = config["beta_1"], config["beta_2"]
        self.adam = torch.optim.Adam(self.parameters, lr=1.0, betas=betas, eps=config["epsilon"], fused=True)
        self.rates = torch.optim.lr_scheduler.LambdaLR(self.adam, lambda step: learning_rate(step, schedule))

    def minimize(self, loss):
        self.adam.zero_grad()
        with torch.autocast("cpu", enabled=False):  # the gradients have the precision of the forward pass anyway
            loss.backward()
        if self.clip:
            nn.utils.clip_grad_norm_(self.parameters, self.clip)
        self.adam.step()
        self.rates.step()


def learning_rate(step, schedule):
    """`keras.optimizers.schedules.CosineDecay`."""
    start, peak, warmup = schedule["initial_learning_rate"], schedule["warmup_target"], schedule["warmup_steps"]
    if peak is None:
        peak, warmup = start, 0
    if step < warmup:
        return start + (peak - start) * step / warmup
    done = min(1.0, (step - warmup) / schedule["decay_steps"])
    return peak * ((1 - schedule["alpha"]) * 0.5 * (1 + math.cos(math.pi * done)) + schedule["alpha"])


class Training:
    """One model's training: `step()` goes through the given batches (a float or int array, channels last) in turn."""

    def __init__(self, name, config, optimizers, batches, precision):
        torch.manual_seed(0)
        self.model = MODELS[name](**config)
        self.optimizers = {
            player: Minimizer(self.model if player == "model" else getattr(self.model, player), settings)
            for player, settings in optimizers.items()
        }
        averaged = nn.ModuleDict({part: getattr(self.model, part) for part in self.model.averaged})
        update = get_ema_multi_avg_fn(config["average_decay"])
        self.average, self.averaged = AveragedModel(averaged, multi_avg_fn=update, use_buffers=True), averaged
        self.batches = [torch.from_numpy(batch) for batch in batches]
        self.batches = [b.long() if b.ndim == 2 else b.permute(0, 3, 1, 2).contiguous() for b in self.batches]
        self.autocast = precision == "mixed_bfloat16"
        self.steps, self.sums = 0, {}  # of the metrics

    def parameters(self):
        return sum(p.numel() for p in self.model.parameters() if p.requires_grad)

    def step(self):
        batch = self.batches[self.steps % len(self.batches)].clone()
        with torch.autocast("cpu", torch.bfloat16, enabled=self.autocast):
            values = self.model.step(batch, self.optimizers)
        self.average.update_parameters(self.averaged)
        self.sums = {key: self.sums.get(key, 0.0) + value.detach() for key, value in values.items()}
        self.steps += 1
        return {key: value / self.steps for key, value in self.sums.items()}
