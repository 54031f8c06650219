"""The incoming side of the accounts: an ear for each that hears, and what runs them."""
