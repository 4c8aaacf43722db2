# One image for every process: which one it is, is said by its command (see docker-compose.yml).
FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY kit/package.json kit/
COPY rules/package.json rules/
COPY client/package.json client/
# no install script runs: nothing here needs one
RUN npm ci --omit=dev --ignore-scripts

FROM packages AS generated
COPY scripts scripts
COPY subgraphs subgraphs
RUN node --input-type=module -e "import('/app/scripts/generate-prisma.mjs').then(({ generatePrisma }) => generatePrisma('/app', console.log))"

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json supergraph.yaml supergraph.graphql partner.graphql ./
COPY scripts scripts
COPY kit kit
COPY rules rules
COPY client client
COPY gateway gateway
COPY --from=generated /app/subgraphs subgraphs
USER node
EXPOSE 4000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 4000}/ready`).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# exec form: the process is the container's first, and hears SIGTERM itself
ENTRYPOINT ["node", "--enable-source-maps", "--import", "./scripts/typescript.mjs"]
CMD ["gateway/src/index.ts"]
