"""llama.cpp through its C interface, as llama-cpp-python brings it, in its own environment."""
