//! Answers come in pieces that are cut anywhere; the actions in them are the same wherever that is.
use serde_json::json;

use super::{lines::Lines, piece};
use crate::{
    actions::{corpus, scan},
    written::Written,
};

/// Passes bytes on as the network gave them, through everything that an answer passes through.
fn actions(parts: &[&[u8]]) -> Vec<String> {
    let (mut lines, written) = (Lines::default(), Written::default());
    for part in parts {
        lines.push(part);
        while let Some(line) = lines.next().expect("short lines") {
            let piece = piece(&line).expect("a piece");
            written.add(piece.text, 200_000);
        }
    }
    corpus::lines(&scan::calls(&written.text()))
}

fn line(text: &str) -> String {
    format!("{}\n", json!({ "message": { "content": text } }))
}

#[test]
fn the_actions_are_the_same_wherever_the_bytes_are_split() {
    for answer in corpus::answers() {
        let bytes = line(answer.text).into_bytes();
        for split in 0..=bytes.len() {
            let (first, second) = bytes.split_at(split);
            assert_eq!(
                actions(&[first, second]),
                answer.expected,
                "{} split at {split}",
                answer.title
            );
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(actions(&single), answer.expected, "{}", answer.title);
    }
}

#[test]
fn the_actions_are_the_same_wherever_the_model_s_pieces_end() {
    for answer in corpus::answers() {
        for (split, _) in answer.text.char_indices() {
            let (first, second) = answer.text.split_at(split);
            let lines = [line(first), line(second)];
            assert_eq!(
                actions(&[lines[0].as_bytes(), lines[1].as_bytes()]),
                answer.expected,
                "{} split at {split}",
                answer.title
            );
        }
    }
}
