"""Import of people from CSV files. The story is in `imports.py`, what a person does with one in `deciding.py`."""
