import type { JSX } from 'preact'
import { citationsOf } from '../chat/citations.ts'
import type { Task, Workflow } from '../wire/items.ts'
import { Icon, iconNamed, type IconName } from './icons.tsx'
import { MarkdownText } from './markdown-text.tsx'
import { Sources } from './sources.tsx'

interface WorkflowProps {
  readonly workflow: Workflow
  readonly live: boolean
}

/** The steps behind an answer: open while they happen, folded to one line afterwards. */
export function WorkflowSteps({ workflow, live }: WorkflowProps): JSX.Element {
  const { summary } = workflow
  const icon = summary && 'icon' in summary ? iconNamed(summary.icon) : undefined
  return (
    <details class="workflow" open={live || workflow.expanded}>
      <summary>
        <span class="fold">
          <Icon name="chevron-right" size={16} />
        </span>
        {icon && <Icon name={icon} size={16} />}
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
  const isLoading = task.status_indicator === 'loading'
  return (
    <div class="task" data-status={task.status_indicator}>
      <span class="task-mark">
        <TaskMark task={task} />
      </span>
      <div class="task-body">
        {title && <p class={isLoading ? 'shimmer' : ''}>{title}</p>}
        {task.queries.length > 0 && (
          <ul class="task-queries" aria-label="Searched for">
            {task.queries.map((query) => (
              <li key={query} class="chip">
                <Icon name="search" size={12} />
                {query}
              </li>
            ))}
          </ul>
        )}
        {task.content && <MarkdownText text={task.content} />}
        <Sources citations={citationsOf(task.sources.map((source) => ({ source, index: 0 })))} />
      </div>
    </div>
  )
}

const taskIcons: Readonly<Record<string, IconName>> = {
  web_search: 'globe',
  file: 'document',
  image: 'square-image',
  thought: 'lightbulb',
}

function TaskMark({ task }: { task: Task }): JSX.Element {
  if (task.status_indicator === 'loading') {
    return <span class="spinner" role="img" aria-label="Under way" />
  }
  if (task.status_indicator === 'complete') {
    return (
      <span role="img" aria-label="Done">
        <Icon name="check" size={15} />
      </span>
    )
  }
  return <Icon name={iconNamed(task.icon) ?? taskIcons[task.type] ?? 'dot'} size={15} />
}

function summaryOf({ type, summary, tasks }: Workflow, live: boolean): string {
  if (summary && 'title' in summary) return summary.title
  if (live) return type === 'reasoning' ? 'Thinking …' : (tasks.at(-1)?.title ?? 'Working …')
  const verb = type === 'reasoning' ? 'Thought' : 'Worked'
  if (summary) return `${verb} for ${inWords(Math.max(1, summary.duration))}`
  return type === 'reasoning' ? 'Thoughts' : 'Steps'
}

function inWords(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
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
