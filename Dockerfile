# The worker of Sluice, and the command line in the same image.
#   docker build --target worker -t sluice-worker .
#   docker build --target worker-gpu -t sluice-worker-gpu .     for NVIDIA GPUs
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY apps apps
RUN npm ci --no-audit --no-fund
COPY tsconfig.base.json tsconfig.build.json ./
COPY tools/bundle tools/bundle
RUN node_modules/.bin/tsc -b tsconfig.build.json \
 && node tools/bundle/main.ts \
 && npm prune --omit=dev --no-audit --no-fund \
 && rm -rf packages/*/test packages/*/bench apps/*/test tools

FROM ${NODE_IMAGE} AS worker
ENV NODE_ENV=production SLUICE_ROOT=/data
WORKDIR /app
COPY --from=build /app /app
RUN ln -s /app/apps/cli/bin/sluice.mjs /usr/local/bin/sluice && install -d -o node -g node /data
USER node
VOLUME ["/data"]
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/worker/dist/main.js"]

# ONNX Runtime's CUDA provider for Node comes from its own install script, which the build above does not run.
FROM build AS cuda-provider
RUN node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install

FROM ${CUDA_IMAGE} AS worker-gpu
ENV NODE_ENV=production SLUICE_ROOT=/data NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /app
COPY --from=worker /usr/local/bin/node /usr/local/bin/node
COPY --from=cuda-provider /app /app
RUN userdel --remove ubuntu \
 && useradd --uid 1000 --create-home node \
 && ln -s /app/apps/cli/bin/sluice.mjs /usr/local/bin/sluice \
 && install -d -o node -g node /data
USER node
VOLUME ["/data"]
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/worker/dist/main.js"]
