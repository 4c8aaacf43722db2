export function packagesAreInstalled(project: string): boolean
export function installPackages(project: string, progress: (line: string) => void): Promise<void>
