<?php
// Uses the server at HOST PORT through PHP's stomp extension. Prints a line for each check.

[, $host, $port] = $argv;
const PATIENCE = 20; // seconds that anything may take before it counts as failed

function check(string $what, callable $holds): void
{
    try {
        $holds();
        echo "ok $what\n";
    } catch (Throwable $error) {
        echo "not ok $what: " . preg_replace('/\s+/', ' ', $error->getMessage()) . "\n";
    }
}

function expect($wanted, $got): void
{
    if ($wanted !== $got) throw new Exception(var_export($wanted, true) . ' was expected, not ' . var_export($got, true));
}

function login(array $headers, string $passcode = 'guest'): Stomp
{
    global $host, $port;
    $stomp = new Stomp("tcp://$host:$port", 'guest', $passcode, $headers + ['host' => '/']);
    $stomp->setReadTimeout(PATIENCE);
    return $stomp;
}

function receive(Stomp $stomp): StompFrame
{
    $frame = $stomp->readFrame();
    if (!$frame) throw new Exception('nothing came: ' . $stomp->error());
    expect('MESSAGE', $frame->command);
    return $frame;
}

// Where a receipt is asked for, the extension waits for it and gives true.
foreach (['1.0', '1.1', '1.2'] as $version) {
    $queue = "/queue/php-$version";
    $stomp = null;
    // The extension takes the name of a header as it is, and adds `message-id` to what it acks.
    $settled = fn (StompFrame $frame) => array_filter(['id' => $frame->headers['ack'] ?? null, 'subscription' => $frame->headers['subscription']]);
    check("connects in $version", function () use (&$stomp, $version) {
        $stomp = login(['accept-version' => $version]);
        expect(true, strlen($stomp->getSessionId()) > 0);
    });
    check("sends and subscribes, with headers and receipts, in $version", function () use (&$stomp, $version) {
        expect(true, $stomp->subscribe('/topic/php.*', ['id' => 'topic', 'receipt' => 'subscribed']));
        $headers = ['sign' => 'a=b;c', 'words' => '€ “日本”', 'content-type' => 'text/plain'];
        $stomp->send("/topic/php.all", "grüße: €\n", $headers);
        $message = receive($stomp);
        expect("grüße: €\n", $message->body);
        foreach ($headers as $name => $value) expect($value, $message->headers[$name]);
        expect(true, $stomp->unsubscribe('/topic/php.*', ['id' => 'topic', 'receipt' => 'left']));
    });
    check("takes and gives octets in $version", function () use (&$stomp, $queue) {
        $octets = implode('', array_map('chr', range(0, 255)));
        expect(true, $stomp->send("$queue-octets", $octets, ['receipt' => 'sent']));
        $stomp->subscribe("$queue-octets", ['id' => 'octets']);
        expect($octets, receive($stomp)->body);
    });
    check("acks and nacks in $version", function () use (&$stomp, $queue, $version, $settled) {
        $stomp->subscribe($queue, ['id' => 'work', 'ack' => 'client']);
        $stomp->send($queue, 'one');
        $message = receive($stomp);
        if ($version !== '1.0') {
            $stomp->nack($message, $settled($message));
            $message = receive($stomp);
            expect(['one', 'true'], [$message->body, $message->headers['redelivered']]);
        }
        expect(true, $stomp->ack($message, $settled($message) + ['receipt' => 'acked']));
    });
    check("commits and aborts in $version", function () use (&$stomp, $queue, $settled) {
        expect(true, $stomp->begin('aborted', ['receipt' => 'begun']));
        $stomp->send($queue, 'never', ['transaction' => 'aborted']);
        expect(true, $stomp->abort('aborted', ['receipt' => 'aborted']));
        expect(true, $stomp->begin('committed'));
        $stomp->send($queue, 'kept', ['transaction' => 'committed']);
        $stomp->commit('committed');
        $message = receive($stomp);
        expect('kept', $message->body);
        $stomp->ack($message, $settled($message));
    });
}

check('is refused with a wrong password', function () {
    try {
        login([], 'wrong');
    } catch (StompException $refused) {
        expect(true, strlen($refused->getMessage()) > 0);
        return;
    }
    throw new Exception('a wrong password was let in');
});
