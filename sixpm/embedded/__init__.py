"""What `sixpm run` brings along so that no server has to be installed: PostgreSQL, ports, processes, supervision."""
