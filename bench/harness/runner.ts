import type { Case, Figures, Measurement, Point, Prepared, Results, Settings, Subject } from './benchmark.ts'
import { median } from './statistics.ts'

interface Series {
  readonly subject: Subject
  readonly case: Case
  readonly concurrency: number
  readonly rounds: Measurement[]
}

/**
 * Measures every subject round by round (A B A B …), so that whatever else the machine does meanwhile is shared out
 * among them, and gives the medians.
 */
export async function measure(prepared: Prepared, settings: Settings): Promise<Results> {
  const subjects = chosen('--only', settings.subjects, prepared.subjects)
  const cases = chosen('--cases', settings.cases, uniqueCases(subjects)).map(({ name }) => name)
  const started: Subject[] = []
  try {
    const series: Series[] = []
    for (const subject of subjects) {
      settings.say(`starting ${subject.name}`)
      started.push(subject)
      await subject.start()
      for (const each of subject.cases) {
        if (!cases.includes(each.name)) continue
        settings.say(`warming ${subject.name}: ${each.name}`)
        await each.warm()
        for (const concurrency of each.concurrency ?? settings.concurrency) {
          series.push({ subject, case: each, concurrency, rounds: [] })
        }
      }
    }
    const sorted = inReadingOrder(series)
    for (let round = 1; round <= settings.rounds; round++) {
      for (const one of sorted) one.rounds.push(await measureOnce(one, settings, round))
    }
    return resultsOf(sorted)
  } finally {
    await Promise.allSettled(started.map(subject => subject.stop()))
  }
}

/** What was chosen by name; a name that nothing bears is a mistake and not a smaller run. */
function chosen<Named extends { readonly name: string }>(
  option: string,
  names: readonly string[] | undefined,
  all: readonly Named[],
): Named[] {
  const unknown = names?.find(name => !all.some(one => one.name === name))
  if (unknown !== undefined) {
    throw new Error(`${option} has ${unknown}, but there is only ${all.map(one => one.name).join(', ')}`)
  }
  return all.filter(({ name }) => names === undefined || names.includes(name))
}

function uniqueCases(subjects: readonly Subject[]): { name: string }[] {
  return [...new Set(subjects.flatMap(subject => subject.cases.map(each => each.name)))].map(name => ({ name }))
}

async function measureOnce({ subject, case: each, concurrency }: Series, settings: Settings, round: number) {
  const where = `${subject.name}, ${each.name}, ${concurrency} at once`
  try {
    const measurement = await each.measure({ concurrency, seconds: settings.seconds })
    settings.say(
      `round ${round} of ${settings.rounds}: ${where}: ${(measurement.steps / measurement.seconds).toFixed(1)}/s`,
    )
    return measurement
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** What is compared stands together: by case, then how many at once, then subject. */
function inReadingOrder(series: readonly Series[]): Series[] {
  const cases = [...new Set(series.map(one => one.case.name))]
  return [...series].sort(
    (a, b) => cases.indexOf(a.case.name) - cases.indexOf(b.case.name) || a.concurrency - b.concurrency,
  )
}

function resultsOf(series: readonly Series[]): Results {
  const points: Point[] = series.map(one => ({
    subject: one.subject.name,
    case: one.case.name,
    concurrency: one.concurrency,
    figures: figuresOf(one.rounds),
  }))
  const found = (subject: string, caseName: string) =>
    points.filter(point => point.subject === subject && point.case === caseName)
  return {
    points,
    of: (subject, caseName, concurrency) =>
      found(subject, caseName).find(point => point.concurrency === concurrency)?.figures,
    best: (subject, caseName) =>
      found(subject, caseName).sort((a, b) => b.figures.per_second - a.figures.per_second)[0]?.figures,
  }
}

function figuresOf(rounds: readonly Measurement[]): Figures {
  const cpu = present(rounds.map(round => round.cpu_us_per_step))
  const memory = present(rounds.map(round => round.memory_mb))
  const names = new Set(rounds.flatMap(round => Object.keys(round.further ?? {})))
  return {
    per_second: median(rounds.map(round => round.steps / round.seconds)),
    median_ms: median(rounds.map(round => round.median_ms)),
    p99_ms: median(rounds.map(round => round.p99_ms)),
    ...(cpu.length > 0 ? { cpu_us_per_step: median(cpu) } : {}),
    ...(memory.length > 0 ? { memory_mb: median(memory) } : {}),
    further: Object.fromEntries(
      [...names].map(name => [name, median(rounds.map(round => round.further?.[name] ?? 0))]),
    ),
  }
}

function present(values: readonly (number | undefined)[]): number[] {
  return values.filter(value => value !== undefined)
}
