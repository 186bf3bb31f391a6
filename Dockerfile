# The worker of Sluice, and the command line in the same image.
#   docker build --target worker -t sluice-worker .
#   docker build --target worker-gpu -t sluice-worker-gpu .     for NVIDIA GPUs, x86-64 only
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
# The CUDA release that onnxruntime-node's metadata names (`cuda12`), and its cuDNN 9.
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04

# What decides which packages are installed, and nothing else: the stage changes with every source, its result does not.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /manifests
COPY package.json package-lock.json .npmrc ./
COPY packages /sources/packages
COPY apps /sources/apps
RUN cd /sources && find . -name package.json -not -path '*/node_modules/*' -exec cp --parents -t /manifests {} +

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --no-audit --no-fund

# The packages that a worker loads, for this platform alone, without what only editors and debuggers read.
FROM ${NODE_IMAGE} AS production
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --omit=dev --no-audit --no-fund \
 && find node_modules -regextype posix-extended -type f -regex '.*\.(map|[cm]?ts)' -delete \
 && find node_modules/onnxruntime-node/bin -type f -not -path "*/linux/$(node -p process.arch)/*" -delete

FROM packages AS build
COPY tsconfig.base.json tsconfig.build.json ./
COPY tools/bundle tools/bundle
# The text of `sluice demo`.
COPY examples/the-verdict.txt examples/
COPY packages packages
COPY apps apps
RUN node_modules/.bin/tsc -b tsconfig.build.json \
 && node tools/bundle/main.ts \
 && rm -rf node_modules tools tsconfig.*.json packages/testing \
      packages/*/test packages/*/bench packages/*/src packages/*/interop packages/*/tools \
      packages/*/fuzz packages/*/python packages/*/scale-check apps/*/test apps/*/src apps/*/tools \
 && find . -regextype posix-extended -type f -regex '.*\.(tsbuildinfo|map|d\.ts)' -delete

FROM ${NODE_IMAGE} AS worker
# In a container, others are those who are let into its network: probes and Prometheus come from there.
ENV NODE_ENV=production SLUICE_ROOT=/data SLUICE_HTTP_HOST=0.0.0.0
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY --from=build /app ./
RUN ln -s /app/apps/cli/bin/sluice.mjs /usr/local/bin/sluice && install -d -o node -g node /data
USER node
VOLUME ["/data"]
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 \
  CMD ["node", "-e", "require('http').get('http://127.0.0.1:9464/readyz', (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "apps/worker/dist/main.js"]

# ONNX Runtime's CUDA provider for Node comes from its own install script, which nothing above runs.
FROM production AS cuda-provider
RUN node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12

FROM ${CUDA_IMAGE} AS worker-gpu
ENV NODE_ENV=production SLUICE_ROOT=/data SLUICE_HTTP_HOST=0.0.0.0 SLUICE_PROVIDER=cuda NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
WORKDIR /app
COPY --from=worker /usr/local/bin/node /usr/local/bin/node
COPY --from=cuda-provider /app/node_modules node_modules
COPY --from=build /app ./
# The provider says itself which libraries it needs: all must be in the image but libcuda, which comes with the driver.
RUN provider=$(ls node_modules/onnxruntime-node/bin/napi-v*/linux/x64/libonnxruntime_providers_cuda.so) \
 && missing=$(ldd "$provider" | grep 'not found' | grep -v 'libcuda\.so\.1' || true) \
 && if [ -n "$missing" ]; then echo "The base image lacks what ONNX Runtime's CUDA provider needs:" "$missing" >&2; exit 1; fi
RUN userdel --remove ubuntu \
 && useradd --uid 1000 --create-home node \
 && ln -s /app/apps/cli/bin/sluice.mjs /usr/local/bin/sluice \
 && install -d -o node -g node /data
USER node
VOLUME ["/data"]
EXPOSE 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 \
  CMD ["node", "-e", "require('http').get('http://127.0.0.1:9464/readyz', (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "apps/worker/dist/main.js"]
