# Stands in for node:…-bookworm-slim: Debian, Node and npm where the official image has them, its user and entry point.
FROM sluice-stand-in/debian
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node
COPY node /usr/local/
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
