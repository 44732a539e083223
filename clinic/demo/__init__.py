"""What only demonstrations, development and tests need: engines carried along, the sandbox, one
patient's whole pathway, and the processes of `manage.py up`. Production imports none of it but the
sentence that says where the engines would be."""
