# Main process of the best script's launcher: waits for the workers, writes the hostfile and becomes mpirun. In the
# container itself, because there nothing has to be asked of the engine: workers are found by DNS as soon as they run.
use strict;
use Socket;

my %set = map { $_ => delete $ENV{$_} // die "$_ is not set\n" } qw(PEERS WORKERS PORT HOSTFILE SSH_CONFIG KNOWN_HOSTS);

sub put {
    my ($file, $text) = @_;
    (my $folder = $file) =~ s{/[^/]*$}{};
    mkdir $folder;
    open my $out, '>', $file or die "$file: $!\n";
    print $out $text;
    close $out or die "$file: $!\n";
}

# Whether sshd answers there. A peer that has a name runs already, so this refuses or answers at once.
sub answers {
    my ($address) = @_;
    socket my $socket, PF_INET, SOCK_STREAM, 0 or die "socket: $!\n";
    # Half a second: a silent server is asked again
    setsockopt $socket, SOL_SOCKET, $_, pack 'l!l!', 0, 500_000 for SO_RCVTIMEO, SO_SNDTIMEO;
    connect $socket, pack_sockaddr_in($set{PORT}, $address) or return 0;
    my $banner = <$socket>;
    return ($banner // '') =~ /^SSH-2/;
}

# Addresses of the peers that run, by the engine's own name server. Asked directly: the C library waits seconds for an answer
# that does not come, and the engine gives none for a name that nobody has yet.
socket my $dns, PF_INET, SOCK_DGRAM, 0 or die "socket: $!\n";
connect $dns, pack_sockaddr_in(53, inet_aton '127.0.0.11') or die "name server: $!\n";
my $question = pack('(C/a*)*x', split /\./, $set{PEERS}) . pack 'nn', 1, 1;
# More addresses than fit into 512 bytes (RFC 6891)
my $large = pack 'xnnNn', 41, 4096, 0, 0;

sub peers {
    send $dns, pack('n6', 1, 0x0100, 1, 0, 0, 1) . $question . $large, 0;
    vec(my $readable = '', fileno $dns, 1) = 1;
    select($readable, undef, undef, 0.02) or return;
    recv $dns, my $answer, 4096, 0;
    my $count = unpack 'x6n', $answer;
    my $at = 12 + length $question;
    my @found;
    for (1 .. $count) {
        while ((my $length = ord substr $answer, $at, 1) != 0) {
            if ($length >= 0xc0) { $at++; last }
            $at += 1 + $length;
        }
        my ($type, undef, undef, $data) = unpack 'nnNn/a*', substr $answer, $at + 1;
        push @found, $data if $type == 1;
        $at += 11 + length $data;
    }
    return @found;
}

put '/run/hand/ssh_config', $set{SSH_CONFIG};
put '/run/hand/known_hosts', $set{KNOWN_HOSTS};
my %ready;
while (keys %ready < $set{WORKERS}) {
    for my $address (grep { !$ready{$_} } peers()) {
        $ready{$address} = 1 if answers($address);
    }
    select undef, undef, undef, 0.005 if keys %ready < $set{WORKERS};
}
put $set{HOSTFILE}, join '', map { inet_ntoa($_) . " slots=1\n" } sort keys %ready;
exec @ARGV or die "$ARGV[0]: $!\n";
