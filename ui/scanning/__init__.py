"""Pages for tablets on which tasks are worked by scanning; what runs in a dead zone lies in ``ui/static/scanning``."""
