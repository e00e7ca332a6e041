"""Companies that are made up, by the actions of the product alone: for trying it, for demonstrations, for measuring."""
