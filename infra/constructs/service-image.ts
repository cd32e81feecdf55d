import { IgnoreMode, Stack } from 'aws-cdk-lib'
import { Repository } from 'aws-cdk-lib/aws-ecr'
import { DockerImageAsset, Platform } from 'aws-cdk-lib/aws-ecr-assets'
import { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs'
import type { Construct } from 'constructs'
import { REPOSITORY_ROOT } from '../repository-root.ts'

/**
 * What the image is built for and what Fargate runs it on: one choice, so the two cannot differ.
 */
export const ARCHITECTURES = {
  arm64: { platform: Platform.LINUX_ARM64, cpu: CpuArchitecture.ARM64 },
  x86_64: { platform: Platform.LINUX_AMD64, cpu: CpuArchitecture.X86_64 },
} as const
export type Architecture = keyof typeof ARCHITECTURES

export interface ServiceImage {
  readonly image: ContainerImage
  /** Where ECS pulls it from; undefined when that is not ECR. */
  readonly repositoryArn: string | undefined
}

const ECR_URI =
  /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]+)\.[a-z.]+\/(?<name>[^:@]+)[:@](?<version>.+)$/

/** Built from this repository when it is deployed: synth only hashes files and needs no Docker. */
export function builtImage(scope: Construct, architecture: Architecture): ServiceImage {
  const asset = new DockerImageAsset(scope, 'Image', {
    directory: REPOSITORY_ROOT,
    assetName: 'service',
    file: 'service/Dockerfile',
    platform: ARCHITECTURES[architecture].platform,
    // The file .dockerignore says what goes in, for CDK and for Docker alike.
    ignoreMode: IgnoreMode.DOCKER,
  })
  const { repositoryArn } = asset.repository
  return { image: ContainerImage.fromDockerImageAsset(asset), repositoryArn }
}

/** An image that exists already. */
export function givenImage(scope: Construct, uri: string): ServiceImage {
  const { account, region, name, version } = ECR_URI.exec(uri)?.groups ?? {}
  if (!account || !region || !name || !version) {
    return { image: ContainerImage.fromRegistry(uri), repositoryArn: undefined }
  }
  const repositoryArn = Stack.of(scope).formatArn({
    service: 'ecr',
    account,
    region,
    resource: 'repository',
    resourceName: name,
  })
  const repository = Repository.fromRepositoryAttributes(scope, 'Repository', {
    repositoryArn,
    repositoryName: name,
  })
  return { image: ContainerImage.fromEcrRepository(repository, version), repositoryArn }
}
