# Stands in for redis:…-bookworm: Debian's redis-server with the official image's user, volume and entry point.
FROM sluice-stand-in/debian
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends redis-server \
 && userdel redis && groupadd --gid 999 redis && useradd --uid 999 --gid redis redis && install -d -o redis -g redis /data
COPY redis-entrypoint.sh /usr/local/bin/
VOLUME /data
WORKDIR /data
ENTRYPOINT ["redis-entrypoint.sh"]
CMD ["redis-server"]
