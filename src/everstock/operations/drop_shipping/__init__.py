"""Drop shipment: what a customer orders is ordered from the supplier, who delivers it to the customer."""
