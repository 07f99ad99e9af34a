/** Tells what failed or was skipped, and how many passed. What passed is not listed; on a terminal one sees it go by. */
import { DefaultReporter, type TestModule } from 'vitest/node'

export default class Reporter extends DefaultReporter {
  protected override printTestModule(module: TestModule): void {
    const [skipped] = module.children.allTests('skipped')
    if (module.state() !== 'passed' || skipped !== undefined) super.printTestModule(module)
  }
}
