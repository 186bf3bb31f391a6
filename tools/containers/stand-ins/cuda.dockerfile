# Stands in for nvidia/cuda:…-ubuntu24.04: a Debian with Ubuntu's first user, and no CUDA.
FROM sluice-stand-in/debian
RUN useradd --uid 1000 --create-home ubuntu
