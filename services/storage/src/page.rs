//! Lists come in pages: by rows, and by bytes, so that no answer is too large to be received.
use diesel::QueryResult;

/// Bytes of text in one page. Receivers take 4 MB unless they are told otherwise.
const BUDGET: usize = 3 << 20;

/// The part of a list that is wanted: the first rows after a key.
#[derive(Debug, Default)]
pub(crate) struct Page<K> {
    /// Rows wanted.
    pub(crate) size: usize,
    /// Key of the last row of the page before.
    pub(crate) after: Option<K>,
}

/// One page of a list, and where the next one begins.
#[derive(Debug)]
pub(crate) struct Paged<T> {
    /// The rows.
    pub(crate) rows: Vec<T>,
    /// Token of the next page; empty when this is the last.
    pub(crate) next: String,
}

impl Page<(i64, i64)> {
    /// Returns the place and number after which a list in the user's order goes on.
    pub(crate) fn start(&self) -> (i64, i64) {
        self.after.unwrap_or((i64::MIN, i64::MIN))
    }
}

/// Reads the token of a list in the user's order.
pub(crate) fn place(token: &str) -> Option<(i64, i64)> {
    let (priority, id) = token.split_once('.')?;
    Some((priority.parse().ok()?, id.parse().ok()?))
}

/// Takes rows until the page is full; says whether there are more. The first row is always taken.
pub(crate) fn fill<T>(
    rows: impl Iterator<Item = QueryResult<T>>,
    size: usize,
    bytes: impl Fn(&T) -> usize,
) -> QueryResult<(Vec<T>, bool)> {
    let mut page = Vec::new();
    let mut total = 0;
    for row in rows {
        let row = row?;
        total += bytes(&row);
        if page.len() == size || (total > BUDGET && !page.is_empty()) {
            return Ok((page, true));
        }
        page.push(row);
    }
    Ok((page, false))
}

/// Takes rows until the page is full, with the token made of the last one taken.
pub(crate) fn paged<T>(
    rows: impl Iterator<Item = QueryResult<T>>,
    size: usize,
    bytes: impl Fn(&T) -> usize,
    token: impl Fn(&T) -> String,
) -> QueryResult<Paged<T>> {
    let (rows, more) = fill(rows, size, bytes)?;
    let next = match rows.last() {
        Some(last) if more => token(last),
        _ => String::new(),
    };
    Ok(Paged { rows, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(rows: &[usize], size: usize) -> (Vec<usize>, bool) {
        fill(rows.iter().map(|n| Ok(*n)), size, |n| *n).expect("rows")
    }

    #[test]
    fn a_page_ends_with_its_rows_or_with_its_bytes() {
        assert_eq!(lengths(&[1, 1, 1], 2), (vec![1, 1], true));
        assert_eq!(lengths(&[1, 1], 2), (vec![1, 1], false));
        assert_eq!(lengths(&[BUDGET - 1, 2, 1], 9), (vec![BUDGET - 1], true));
        assert_eq!(lengths(&[2 * BUDGET, 1], 9), (vec![2 * BUDGET], true));
    }

    #[test]
    fn tokens_of_others_are_not_read() {
        assert_eq!(place("3.-4"), Some((3, -4)));
        for token in ["3", "3.x", ".", "3.4.5"] {
            assert_eq!(place(token), None, "{token} was read");
        }
    }
}
