import type { JSX } from 'preact'
import type { Task, Workflow } from '../wire/items.ts'
import { Icon } from './icons.tsx'
import { MarkdownText } from './markdown-text.tsx'
import { Sources } from './sources.tsx'

interface WorkflowProps {
  readonly workflow: Workflow
  readonly live: boolean
}

/** The steps behind an answer: open while they happen, folded to one line afterwards. */
export function WorkflowSteps({ workflow, live }: WorkflowProps): JSX.Element {
  return (
    <details class="workflow" open={live || workflow.expanded}>
      <summary>
        <Icon name="chevron-right" size={16} />
        <span class={live ? 'shimmer' : ''}>{summaryOf(workflow, live)}</span>
      </summary>
      <ol>
        {workflow.tasks.map((task, index) => (
          <li key={index}>
            <TaskStep task={task} />
          </li>
        ))}
      </ol>
    </details>
  )
}

/** One step by itself. */
export function TaskStep({ task }: { task: Task }): JSX.Element {
  const title = task.title ?? task.title_query ?? (task.content ? undefined : wordsFor(task.type))
  return (
    <div class="task" data-status={task.status_indicator}>
      {title && <p class={task.status_indicator === 'loading' ? 'shimmer' : ''}>{title}</p>}
      {task.queries.length > 0 && <p class="task-queries">{task.queries.join(' · ')}</p>}
      {task.content && <MarkdownText text={task.content} />}
      <Sources sources={task.sources} />
    </div>
  )
}

function summaryOf({ type, summary, tasks }: Workflow, live: boolean): string {
  if (summary && 'title' in summary) return summary.title
  if (live) return type === 'reasoning' ? 'Thinking …' : (tasks.at(-1)?.title ?? 'Working …')
  if (summary) return `Thought for ${Math.max(1, summary.duration)} s`
  return type === 'reasoning' ? 'Thoughts' : 'Steps'
}

function wordsFor(type: string): string {
  const words: Readonly<Record<string, string>> = {
    web_search: 'Searched the web',
    file: 'Read files',
    image: 'Made a picture',
    thought: 'Thought',
  }
  return words[type] ?? 'Step'
}
