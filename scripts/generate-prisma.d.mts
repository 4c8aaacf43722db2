export function prismaIsCurrent(project: string): boolean
export function generatePrisma(project: string, progress: (line: string) => void): Promise<void>
