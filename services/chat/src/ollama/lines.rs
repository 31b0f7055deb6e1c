//! Cuts a stream of bytes into lines, wherever the network happened to split it.
//!
//! Bytes stay bytes until a line is whole, so a character that arrives in two halves is never broken.
use super::MAX_LINE;

/// Collects bytes and gives out lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Bytes known to hold no line end, so that a long line is not searched again and again.
    searched: usize,
}

/// A line was longer than [`MAX_LINE`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Lines {
    /// Adds what arrived.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the next whole line, without its end; blank ones are skipped.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        loop {
            let rest = &self.bytes[self.searched..];
            let Some(end) = rest.iter().position(|b| *b == b'\n') else {
                self.searched = self.bytes.len();
                return if self.searched > MAX_LINE {
                    Err(TooLong)
                } else {
                    Ok(None)
                };
            };
            let mut line: Vec<u8> = self.bytes.drain(..=self.searched + end).collect();
            self.searched = 0;
            if line.len() > MAX_LINE {
                return Err(TooLong);
            }
            line.truncate(line.trim_ascii_end().len());
            if !line.is_empty() {
                return Ok(Some(line));
            }
        }
    }

    /// Takes what is left at the end of the stream: a last line without its end.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        self.searched = 0;
        let mut line = std::mem::take(&mut self.bytes);
        line.truncate(line.trim_ascii_end().len());
        (!line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\"a\":\"žluťoučký kůň 🐎\"}\n\n{\"b\":1}\r\n{\"c\":2}";

    fn lines(parts: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        for part in parts {
            lines.push(part);
            while let Some(line) = lines.next().expect("short lines") {
                out.push(line);
            }
        }
        out.extend(lines.rest());
        out.into_iter()
            .map(|l| String::from_utf8(l).expect("whole characters"))
            .collect()
    }

    #[test]
    fn lines_are_the_same_wherever_the_bytes_are_split() {
        let expected = ["{\"a\":\"žluťoučký kůň 🐎\"}", "{\"b\":1}", "{\"c\":2}"];
        let bytes = TEXT.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let parts = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(lines(&parts), expected, "split at {first} and {second}");
            }
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(lines(&single), expected);
    }

    #[test]
    fn a_line_that_never_ends_is_refused() {
        let mut lines = Lines::default();
        lines.push(&vec![b'x'; MAX_LINE]);
        assert_eq!(lines.next(), Ok(None));
        lines.push(b"x");
        assert_eq!(lines.next(), Err(TooLong));
    }
}
