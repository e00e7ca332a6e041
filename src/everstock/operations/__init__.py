"""The processes of a business, one application each: documents and the verbs that move them."""
