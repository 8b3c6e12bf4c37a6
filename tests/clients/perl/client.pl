# Uses the server at HOST PORT through Perl's Net::Stomp in every version. Prints a line for each check.

use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use Net::Stomp;
use Net::Stomp::Frame;

$| = 1;
my ($host, $port) = @ARGV;
my $patience = 20;    # seconds that anything may take before it counts as failed

sub check {
    my ($what, $holds) = @_;
    if (eval { $holds->(); 1 }) { print "ok $what\n" }
    else { my $error = $@; $error =~ s/\s+/ /g; print "not ok $what: $error\n" }
}

sub expect {
    my ($wanted, $got) = @_;
    $got //= '(nothing)';
    die "'$wanted' was expected, not '$got'" unless $wanted eq $got;
}

sub login {
    my ($version, $passcode) = @_;
    my $stomp = Net::Stomp->new({ hostname => $host, port => $port, timeout => $patience, receipt_timeout => $patience });
    my $frame = $stomp->connect({ login => 'guest', passcode => $passcode // 'guest', host => '/', 'accept-version' => $version });
    return ($stomp, $frame);
}

sub receive {
    my ($stomp, $command) = @_;
    my $frame = $stomp->receive_frame or die "nothing came, where $command was expected";
    expect($command, $frame->command);
    return $frame;
}

sub send_frame {
    my ($stomp, $command, %headers) = @_;
    $stomp->send_frame(Net::Stomp::Frame->new({ command => $command, headers => \%headers }));
}

# What an ACK or NACK needs in each version. Net::Stomp itself knows that of 1.0.
sub settled {
    my ($version, $frame) = @_;
    my $headers = $frame->headers;
    return (frame => $frame, $version eq '1.2' ? (id => $headers->{ack}) : (), subscription => $headers->{subscription});
}

for my $version ('1.0', '1.1', '1.2') {
    my $queue = "/queue/perl-$version";
    my $stomp;
    check("connects in $version", sub {
        ($stomp, my $frame) = login($version);
        expect('CONNECTED', $frame->command);
        expect($version, $frame->headers->{version});
    });
    check("sends and subscribes, with headers and receipts, in $version", sub {
        $stomp->subscribe({ destination => '/topic/perl.*', id => 'topic', receipt => 'subscribed' });
        expect('subscribed', receive($stomp, 'RECEIPT')->headers->{'receipt-id'});
        my $body = encode_utf8("grüße: €\n");
        my %headers = ('content-type' => 'text/plain', sign => "a=b;c", words => encode_utf8("€ “日本”"));
        $stomp->send({ destination => "/topic/perl.all", body => $body, %headers });
        my $message = receive($stomp, 'MESSAGE');
        expect($body, $message->body);
        expect($headers{$_}, $message->headers->{$_}) for keys %headers;
        $stomp->unsubscribe({ id => 'topic', receipt => 'left' });
        expect('left', receive($stomp, 'RECEIPT')->headers->{'receipt-id'});
    });
    check("takes and gives octets in $version", sub {
        my $octets = join '', map { chr } 0 .. 255;
        expect(1, $stomp->send_with_receipt({ destination => "$queue-octets", body => $octets, 'content-length' => 256 }));
        $stomp->subscribe({ destination => "$queue-octets", id => 'octets' });
        expect($octets, receive($stomp, 'MESSAGE')->body);
    });
    check("acks and nacks in $version", sub {
        $stomp->subscribe({ destination => $queue, id => 'work', ack => 'client' });
        $stomp->send({ destination => $queue, body => 'one' });
        my $message = receive($stomp, 'MESSAGE');
        if ($version ne '1.0') {
            $stomp->nack({ settled($version, $message) });
            $message = receive($stomp, 'MESSAGE');
            expect('one true', join ' ', $message->body, $message->headers->{redelivered});
        }
        $stomp->ack({ settled($version, $message), receipt => 'acked' });
        expect('acked', receive($stomp, 'RECEIPT')->headers->{'receipt-id'});
    });
    check("commits and aborts in $version", sub {
        # send_transactional waits for the receipt of its SEND before it commits, and that receipt comes with COMMIT.
        send_frame($stomp, 'BEGIN', transaction => $_) for qw(aborted committed);
        $stomp->send({ destination => $queue, body => 'never', transaction => 'aborted' });
        $stomp->send({ destination => $queue, body => 'kept', transaction => 'committed' });
        send_frame($stomp, 'ABORT', transaction => 'aborted', receipt => 'aborted');
        expect('aborted', receive($stomp, 'RECEIPT')->headers->{'receipt-id'});
        send_frame($stomp, 'COMMIT', transaction => 'committed');
        my $message = receive($stomp, 'MESSAGE');
        expect('kept', $message->body);
        $stomp->ack({ settled($version, $message) });
    });
    check("disconnects with a receipt in $version", sub {
        send_frame($stomp, 'DISCONNECT', receipt => 'bye');
        expect('bye', receive($stomp, 'RECEIPT')->headers->{'receipt-id'});
    });
}

check('is refused with a wrong password', sub {
    my (undef, $frame) = login('1.2', 'wrong');
    expect('ERROR', $frame->command);
});
