"""Icons, sounds, translations and models that ship with the program."""
