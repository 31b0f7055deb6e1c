//! The user's order of a list.
use std::collections::HashMap;

/// One row of a list: its number and its place.
pub(crate) type Place = (i64, i64);

/// Puts the `wanted` rows in their order, into the places that they hold together; the others stay where they are.
/// `list` is in its present order. Returns the rows that get another place; absent when `wanted` names a row twice or
/// one that is not in the list.
pub(crate) fn redealt(list: &[Place], wanted: &[i64]) -> Option<Vec<Place>> {
    let rank: HashMap<i64, usize> = wanted.iter().copied().zip(0..).collect();
    let held = list.iter().filter(|(id, _)| rank.contains_key(id)).count();
    if rank.len() != wanted.len() || held != wanted.len() {
        return None;
    }
    let mut next = wanted.iter().copied();
    let dealt = list.iter().map(|&(id, _)| {
        if rank.contains_key(&id) {
            next.next().unwrap_or(id)
        } else {
            id
        }
    });
    let before: HashMap<i64, i64> = list.iter().copied().collect();
    let moved = dealt
        .zip(slots(list))
        .filter(|(id, slot)| before.get(id) != Some(slot));
    Some(moved.collect())
}

/// Returns the places of a list, told apart where two rows share one (an undo can bring a place back that was given to
/// another row meanwhile).
fn slots(list: &[Place]) -> impl Iterator<Item = i64> {
    let mut last = i64::MIN;
    list.iter().map(move |&(_, place)| {
        last = place.max(last.saturating_add(1));
        last
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_rows_take_the_order_that_is_given() {
        let list = [(1, 10), (2, 20), (3, 30)];
        assert_eq!(
            redealt(&list, &[3, 1, 2]),
            Some(vec![(3, 10), (1, 20), (2, 30)])
        );
    }

    #[test]
    fn rows_that_are_not_named_keep_their_places() {
        let list = [(1, 10), (2, 20), (3, 30), (4, 40)];
        assert_eq!(redealt(&list, &[4, 1]), Some(vec![(4, 10), (1, 40)]));
    }

    #[test]
    fn an_order_that_is_already_so_moves_nothing() {
        assert_eq!(redealt(&[(1, 10), (2, 20)], &[1, 2]), Some(vec![]));
        assert_eq!(redealt(&[(1, 10)], &[]), Some(vec![]));
    }

    #[test]
    fn rows_that_share_a_place_are_told_apart() {
        let list = [(1, 5), (2, 5), (3, 6)];
        assert_eq!(
            redealt(&list, &[2, 1]),
            Some(vec![(1, 6), (3, 7)]) // row 2 has place 5 already
        );
    }

    #[test]
    fn a_row_named_twice_or_unknown_is_refused() {
        assert_eq!(redealt(&[(1, 10), (2, 20)], &[1, 1]), None);
        assert_eq!(redealt(&[(1, 10), (2, 20)], &[1, 3]), None);
    }
}
