"""What came in and is stored: taken up once, handled in order, finished, whoever sent it. Used by the desks."""
