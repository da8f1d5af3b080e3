//! How the store's statements are written: a value goes to its column and comes from it by name.

use std::path::Path;

#[test]
fn no_statement_reads_or_writes_a_value_by_its_position() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folder = std::fs::read_dir(source.join("store")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.push(source.join("store.rs"));
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let mut reads = 0;
    for path in files.iter().filter(|path| !path.ends_with("tests.rs")) {
        let text = std::fs::read_to_string(path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}: {line}", path.display(), number + 1);
            for (at, _) in line.match_indices("row.get") {
                let argument = line[at..].split_once('(').map_or("", |(_, rest)| rest);
                assert!(argument.starts_with(['"', 'k', 'c']), "name the column: {place}");
                reads += 1;
            }
            assert!(!line.contains("?2"), "name the parameters: {place}");
            assert!(!line.contains("SELECT *"), "name the columns: {place}");
            let is_nameless =
                line.contains("INSERT") && line.contains("VALUES") && !line.contains('(');
            assert!(!is_nameless, "name the columns: {place}");
        }
    }
    assert!(reads > 40, "{reads} reads were looked at");
}
