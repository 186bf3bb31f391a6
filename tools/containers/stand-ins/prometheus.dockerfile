# Stands in for prom/prometheus: Debian's prometheus as the official image runs it, with the wget of busybox.
FROM sluice-stand-in/debian
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus busybox \
 && ln -s /bin/busybox /usr/local/bin/wget && install -d -o nobody -g nogroup /prometheus
USER nobody
VOLUME /prometheus
WORKDIR /prometheus
ENTRYPOINT ["/usr/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
