# Writes the mails of SpamAssassin's corpus as lines of label, tab and text: train.tsv and test.tsv, of which the latter
# has every fifth mail. Headers, which tell where a mail has gone and so whether it is spam, are left out, and so are
# tags of HTML and bodies in base64; of mails of several parts the text of all parts is read.
# perl mails.pl FOLDER_OF_MAILS FOLDER_TO_WRITE
use strict;
use warnings;

my ($from, $to) = @ARGV;
open my $train, '>:utf8', "$to/train.tsv" or die "$to/train.tsv: $!";
open my $test, '>:utf8', "$to/test.tsv" or die "$to/test.tsv: $!";
my $count = 0;
my $digest = sub { $_[0] =~ /\.([0-9a-f]+)\.txt$/ ? $1 : '' };  # in a file's name: an order without regard to folders
for my $path (sort { $digest->($a) cmp $digest->($b) } glob "$from/*/*.txt") {
  open my $file, '<:encoding(latin1)', $path or die "$path: $!";
  my $text = do { local $/; <$file> };
  $text =~ s/\r//g;
  $text =~ s/\A.*?\n\n//s;                                   # the headers
  $text =~ s/=\n//g, $text =~ s/=([0-9A-F]{2})/chr hex $1/ge if $text =~ /=[0-9A-F]{2}/;  # quoted-printable
  $text =~ s/^[A-Za-z0-9+\/=]{60,}$//mg;                     # base64
  $text =~ s/^Content-\S+:.*(\n[ \t].*)*//mg;                # headers of parts
  $text =~ s/<[^<>]*>/ /g;                                   # HTML
  $text =~ s/[\x00-\x20\x7f-\xa0]+/ /g;
  $text =~ s/^ | $//g;
  next if $text eq '';
  my $label = $path =~ m{/spam-\d/} ? 'spam' : 'ham';
  print { ++$count % 5 == 0 ? $test : $train } "$label\t$text\n";
}
close $_ or die "$to: $!" for $train, $test;
