"""All the product does; knows no web and no process."""

VERSION = "0.1.0"
