"""From a recipe to a published model: what a recipe says, how it is trained, fine-tuned and released."""
