// Apollo's packages look at this when they are set up; whoever imports them imports this file first.
process.env.APOLLO_TELEMETRY_DISABLED = 'true'
