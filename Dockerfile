# The worker of Sluice. `docker build --target worker .`, or `--target worker-gpu` for NVIDIA GPUs.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools/setup tools/setup
COPY packages packages
COPY apps apps
RUN npm ci --no-audit --no-fund
COPY tsconfig.base.json tsconfig.build.json tsconfig.json ./
RUN npx tsc -b tsconfig.build.json \
 && npm prune --omit=dev --no-audit --no-fund \
 && rm -rf packages/*/test packages/*/bench apps/*/test

FROM node:${NODE_VERSION}-bookworm-slim AS worker
ENV NODE_ENV=production SLUICE_ROOT=/data
WORKDIR /app
COPY --from=build --chown=root:root /app /app
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/worker/dist/main.js"]
