import { pluginConformance } from '@postern/core/testing'
import { describe, test } from 'vitest'
import { trace } from '../src/index.ts'

describe('the plugin', () => {
  for (const check of pluginConformance(() => trace())) test(check.name, check.run)
})

describe('the plugin without log and response header', () => {
  const make = () => trace({ accessLog: false, responseHeader: false, trust: false })
  for (const check of pluginConformance(make)) test(check.name, check.run)
})
