// The programs that make a network of an exchange: a keeper, a relay, and a market maker to trade with. They are processes of
// their own, told where the network is by its description, as anywhere else.

import { spawn, type ChildProcess } from 'node:child_process';
import { access, mkdir, open, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { descriptionFile, keyFile, writeNetwork } from './files.js';
import type { LocalNetwork, NetworkDescription } from './network.js';

/** Milliseconds that a service has to say that it is well. */
const PATIENCE = 30_000;
/** Milliseconds that it has to end once it was asked to. */
const GRACE = 5_000;
/** Lines of a service's log that are shown if it does not start. */
const LAST_LINES = 8;

/** Where the services answer. */
export interface ServicePorts {
    readonly relay: number;
    readonly keeper: number;
    readonly marketMaker: number;
}

/** How services are started. */
export interface ServiceOptions {
    /** Folder of the programs. */
    readonly programs: string;
    /** Where description, keys and logs are written. */
    readonly folder: string;
    readonly ports: ServicePorts;
    /** Told what happens. */
    readonly log?: (line: string) => void;
}

/** Services that run. */
export interface Services {
    /** The network's description with the services in it. */
    readonly description: NetworkDescription;
    /** Ends them. */
    stop(): Promise<void>;
}

/** Three ports in a row. */
export function servicePorts(first: number): ServicePorts {
    return { relay: first, keeper: first + 1, marketMaker: first + 2 };
}

/** Ports that are free. */
export async function freePorts(): Promise<ServicePorts> {
    const servers = await Promise.all(
        [0, 1, 2].map(
            () =>
                new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
                    const server = createServer();
                    server.once('error', reject);
                    server.listen(0, '127.0.0.1', () => resolve(server));
                }),
        ),
    );
    const [relay = 0, keeper = 0, marketMaker = 0] = servers.map((server) => (server.address() as AddressInfo).port);
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    return { relay, keeper, marketMaker };
}

/** What is started, in this order. */
interface Service {
    readonly name: string;
    readonly program: string;
    readonly port: number;
    readonly args: readonly string[];
}

function servicesOf({ folder, ports }: ServiceOptions, publishers: readonly string[]): Service[] {
    const network = ['--network', descriptionFile(folder)];
    const key = (name: string) => keyFile(folder, name);
    const at = (port: number) => ['--listen', `127.0.0.1:${port}`];
    const relayUrl = `http://127.0.0.1:${ports.relay}`;
    const publishing = publishers.flatMap((name) => ['--publisher-key', key(name)]);
    return [
        {
            name: 'relay',
            program: 'ballast-relay',
            port: ports.relay,
            args: [...network, ...at(ports.relay), '--key', key('relay')],
        },
        {
            name: 'market maker',
            program: 'ballast-market-maker',
            port: ports.marketMaker,
            args: [...network, ...at(ports.marketMaker), '--key', key('maker'), '--relay', relayUrl],
        },
        {
            name: 'keeper',
            program: 'ballast-keeper',
            port: ports.keeper,
            args: ['run', ...network, ...at(ports.keeper), '--key', key('keeper'), ...publishing],
        },
    ];
}

/**
 * Writes the network's description and keys, starts the services and waits until each says that it is well.
 *
 * @throws if a program is missing or does not start; its last words are part of the message
 */
export async function startServices(
    network: LocalNetwork,
    described: NetworkDescription,
    options: ServiceOptions,
): Promise<Services> {
    const { folder, ports, programs, log = () => undefined } = options;
    const listening = described.quotesUrl ? undefined : await network.prices.listen(0);
    const description: NetworkDescription = {
        ...described,
        ...(listening ? { pricesUrl: listening.pricesUrl, quotesUrl: listening.quotesUrl } : {}),
        relayUrl: `http://127.0.0.1:${ports.relay}`,
        keeperUrl: `http://127.0.0.1:${ports.keeper}`,
    };
    await writeNetwork(folder, network, description);
    const publishers = network.wallets.map(({ name }) => name).filter((name) => name.startsWith('publisher-'));
    const running: Running[] = [];
    const stop = async () => {
        await Promise.all(running.map((service) => service.stop()));
        await listening?.close();
    };
    try {
        for (const service of servicesOf(options, publishers)) {
            const started = await Running.start(service, programs, join(folder, 'logs'));
            running.push(started);
            await started.isWell();
            log(`${service.name} at http://127.0.0.1:${service.port}, its log in ${started.logFile}`);
        }
    } catch (error) {
        await stop();
        throw error;
    }
    return { description, stop };
}

/** A process of a service. */
class Running {
    private constructor(
        private readonly service: Service,
        private readonly child: ChildProcess,
        readonly logFile: string,
    ) {}

    static async start(service: Service, programs: string, logs: string): Promise<Running> {
        const program = join(programs, service.program);
        await access(program).catch(() => {
            throw new Error(`there is no ${program}: run \`cargo build --package ${service.program}\``);
        });
        await mkdir(logs, { recursive: true });
        const logFile = join(logs, `${service.program}.log`);
        const file = await open(logFile, 'w');
        const child = spawn(program, service.args, { stdio: ['ignore', file.fd, file.fd] });
        child.once('exit', () => void file.close());
        return new Running(service, child, logFile);
    }

    /** Waits until the service answers that it is well. */
    async isWell(): Promise<void> {
        const deadline = Date.now() + PATIENCE;
        for (;;) {
            if (this.child.exitCode !== null) throw new Error(await this.lastWords('ended at once'));
            const answer = await fetch(`http://127.0.0.1:${this.service.port}/health`).catch(() => undefined);
            if (answer?.ok) return;
            if (Date.now() > deadline) throw new Error(await this.lastWords(`is not well after ${PATIENCE / 1_000} s`));
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }

    private async lastWords(what: string): Promise<string> {
        const log = await readFile(this.logFile, 'utf8');
        return `the ${this.service.name} ${what}:\n${log.trimEnd().split('\n').slice(-LAST_LINES).join('\n')}`;
    }

    async stop(): Promise<void> {
        if (this.child.exitCode !== null || this.child.signalCode !== null) return;
        const ended = new Promise((resolve) => this.child.once('exit', resolve));
        this.child.kill('SIGTERM');
        const impatience = setTimeout(() => this.child.kill('SIGKILL'), GRACE);
        await ended;
        clearTimeout(impatience);
    }
}
