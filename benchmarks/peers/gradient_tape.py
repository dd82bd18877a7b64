"""Hand-written training loops in TensorFlow: kerasgen's networks and Keras' optimizers, everything else without kerasgen.

Each function takes the networks (a kerasgen model that is not compiled), the optimizers and two sources of random numbers,
and returns a compiled step from a batch to the means of its metrics, together with the averages of the weights.
"""

import math

import keras
import tensorflow as tf


def dcgan(model, optimizers, normal, uniform):
    generator, discriminator = model.generator, model.discriminator
    optimizers["generator"].build(generator.trainable_variables)
    optimizers["discriminator"].build(discriminator.trainable_variables)
    average = MovingAverage(generator.weights, model.average_decay)
    metrics = means("discriminator_loss", "generator_loss", "real_accuracy", "fake_accuracy")

    @tf.function
    def train_step(images):
        shape = (tf.shape(images)[0], model.latent_dim)

        fakes = generator(normal(shape), training=True)
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner_tape:
                inner_tape.watch(images)
                real_logits = discriminator(images, training=True)
            slopes = inner_tape.gradient(real_logits, images)
            fake_logits = discriminator(fakes, training=True)
            penalty = tf.reduce_mean(tf.reduce_sum(slopes**2, axis=(1, 2, 3)))
            loss = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))
            loss += 0.5 * model.penalty_weight * penalty
        variables = discriminator.trainable_variables
        optimizers["discriminator"].apply(tape.gradient(loss, variables), variables)
        metrics["discriminator_loss"].update_state(loss)
        metrics["real_accuracy"].update_state(tf.cast(real_logits > 0, "float32"))
        metrics["fake_accuracy"].update_state(tf.cast(fake_logits < 0, "float32"))

        with tf.GradientTape() as tape:
            fakes = generator(normal(shape), training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-discriminator(fakes, training=True)))
        variables = generator.trainable_variables
        optimizers["generator"].apply(tape.gradient(loss, variables), variables)
        metrics["generator_loss"].update_state(loss)

        average.update()
        return {name: metric.result() for name, metric in metrics.items()}

    return train_step, average


def vae(model, optimizer, normal, uniform):
    encoder, decoder, k = model.encoder, model.decoder, model.train_samples
    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer.build(variables)
    average = MovingAverage(encoder.weights + decoder.weights, model.average_decay)
    metrics = means("loss", "reconstruction", "divergence")

    @tf.function
    def train_step(images):
        bits = tf.cast(2 * uniform(tf.shape(images)) - 1 < images, "float32")
        with tf.GradientTape() as tape:
            mean, log_variance = encoder(2 * bits - 1)
            noise = normal((k, tf.shape(mean)[0], model.latent_dim))
            latents = mean + tf.exp(0.5 * log_variance) * noise
            logits = decoder(tf.reshape(latents, (-1, model.latent_dim)))
            losses = tf.nn.sigmoid_cross_entropy_with_logits(tf.tile(bits, (k, 1, 1, 1)), logits)
            log_likelihood = -tf.reshape(tf.reduce_sum(losses, axis=(1, 2, 3)), (k, -1))
            log_ratio = 0.5 * tf.reduce_sum(noise**2 + log_variance - latents**2, axis=-1)
            loss = math.log(k) - tf.reduce_mean(tf.reduce_logsumexp(log_likelihood + log_ratio, axis=0))
        optimizer.apply(tape.gradient(loss, variables), variables)
        divergence = 0.5 * tf.reduce_sum(mean**2 + tf.exp(log_variance) - 1 - log_variance, axis=-1)
        metrics["loss"].update_state(loss)
        metrics["reconstruction"].update_state(-log_likelihood)
        metrics["divergence"].update_state(divergence)
        average.update()
        return {name: metric.result() for name, metric in metrics.items()}

    return train_step, average


def lstm(model, optimizer, normal, uniform):
    network = model.network
    variables = network.trainable_variables
    optimizer.build(variables)
    average = MovingAverage(network.weights, model.average_decay)
    metrics = means("loss", "accuracy")

    @tf.function
    def train_step(tokens):
        count = tf.shape(tokens)[0]
        before = tf.concat([tf.fill((count, 1), model.vocabulary_size), tokens[:, :-1]], axis=1)
        states = [(tf.zeros((count, model.units)), tf.zeros((count, model.units))) for _ in range(model.num_layers)]
        with tf.GradientTape() as tape:
            logits, _ = network(before, states, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(tokens, logits))
        optimizer.apply(tape.gradient(loss, variables), variables)
        metrics["loss"].update_state(loss)
        metrics["accuracy"].update_state(tf.cast(tf.argmax(logits, axis=-1, output_type=tokens.dtype) == tokens, "float32"))
        average.update()
        return {name: metric.result() for name, metric in metrics.items()}

    return train_step, average


LOOPS = {"dcgan-mnist": dcgan, "vae-mnist": vae, "lstm-shakespeare": lstm}


def means(*names):
    return {name: keras.metrics.Mean(name) for name in names}


class MovingAverage:
    """Exponential moving average; the first update copies, and the decay rises as in `tf.train.ExponentialMovingAverage`."""

    def __init__(self, variables, decay):
        self.variables, self.decay = variables, decay
        self.averages = [tf.Variable(tf.cast(v.value, "float32")) for v in variables]
        self.updates = tf.Variable(0.0)

    def update(self):
        decay = tf.minimum(self.decay, (1 + self.updates) / (10 + self.updates))
        kept = tf.where(self.updates > 0, decay, 0.0)
        for average, variable in zip(self.averages, self.variables, strict=True):
            average.assign_sub((1 - kept) * (average - tf.cast(variable.value, "float32")))
        self.updates.assign_add(1)
