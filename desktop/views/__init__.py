"""The widgets. They show a WindowState and report what the user does; none of them knows the codec."""
