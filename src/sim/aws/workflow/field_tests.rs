//! Every accepted field of a definition has an effect.

use super::*;

fn map(fields: &Value) -> Value {
    let mut state = json!({"Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Same", "States": {"Same": {"Type": "Pass", "End": true}}}});
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"StartAt": "Each", "States": {"Each": state}})
}

#[track_caller]
fn gives(definition: &Value, input: Value, answers: Vec<Answer>, expected: &Value) {
    let mistakes = validate(definition);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let end = execute(definition, input, answers);
    assert_eq!(end.output.as_ref(), Some(expected), "{:?} {:?}", end.error, end.cause);
}

#[track_caller]
fn refused(definition: &Value, word: &str) {
    let mistakes = validate(definition);
    assert!(mistakes.iter().any(|wrong| wrong.sentence.contains(word)), "{mistakes:?}");
}

#[test]
fn items_are_handed_on_in_batches() {
    let batched = |batcher: Value| map(&json!({"ItemBatcher": batcher}));
    gives(
        &batched(json!({"MaxItemsPerBatch": 2, "BatchInput": {"all.$": "$[2]"}})),
        json!([1, 2, 3]),
        Vec::new(),
        &json!([{"BatchInput": {"all": 3}, "Items": [1, 2]}, {"BatchInput": {"all": 3}, "Items": [3]}]),
    );
    gives(
        &batched(json!({"MaxInputBytesPerBatch": 30})),
        json!(["ten bytes.", "ten bytes.", "a text that is too long for any batch", "x"]),
        Vec::new(),
        &json!([{"Items": ["ten bytes.", "ten bytes."]},
                {"Items": ["a text that is too long for any batch"]}, {"Items": ["x"]}]),
    );
    let mut path = batched(json!({"MaxItemsPerBatchPath": "$.n"}));
    path["States"]["Each"]["ItemsPath"] = json!("$.list");
    path["States"]["Each"]["ItemSelector"] =
        json!({"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"});
    gives(
        &path,
        json!({"n": "2", "list": ["a", "b", "c"]}),
        Vec::new(),
        &json!([{"Items": [{"v": "a", "i": 0}, {"v": "b", "i": 1}]}, {"Items": [{"v": "c", "i": 2}]}]),
    );
    refused(&batched(json!({})), "MaxItemsPerBatch or MaxInputBytesPerBatch");
    refused(&batched(json!({"MaxItemsPerBatch": 0})), "MaxItemsPerBatch");
}

#[test]
fn a_batch_that_fails_is_as_many_failures_as_it_has_items() {
    let failing = |tolerated: u64| {
        let mut definition = map(&json!({"ItemBatcher": {"MaxItemsPerBatch": 2},
            "ToleratedFailureCount": tolerated}));
        definition["States"]["Each"]["ItemProcessor"]["States"]["Same"] =
            json!({"Type": "Fail", "Error": "Torn"});
        execute(&definition, json!([1, 2, 3]), Vec::new())
    };
    assert_eq!(failing(3).output, Some(json!([])));
    assert_eq!(failing(2).error.as_deref(), Some("States.ExceedToleratedFailureThreshold"));
}

#[test]
fn an_item_reader_reads_what_the_mocks_say() {
    let reader = json!({"Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "MaxItems": 2}, "Parameters": {"Bucket": "b", "Key": "k"}});
    let definition = map(&json!({"ItemReader": reader}));
    gives(&definition, json!({}), vec![Answer::Output(json!([1, 2, 3]))], &json!([1, 2]));
    let end = execute(&definition, json!({}), vec![Answer::Output(json!("no list"))]);
    assert_eq!(end.error.as_deref(), Some("States.ItemReaderFailed"));
    let mut caught = definition.clone();
    caught["States"]["Each"]["Catch"] =
        json!([{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Home"}]);
    caught["States"]["Home"] = json!({"Type": "Pass", "Result": "home", "End": true});
    gives(&caught, json!({}), vec![error("States.ItemReaderFailed")], &json!("home"));
}

#[test]
fn a_result_writer_hands_on_where_the_results_are() {
    let writer = json!({"Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket.$": "$$.Execution.Input[0]", "Prefix": "out"}});
    let end = execute(&map(&json!({"ResultWriter": writer})), json!(["box"]), Vec::new());
    let output = end.output.unwrap();
    assert_eq!(output["ResultWriterDetails"]["Bucket"], "box");
    let key = output["ResultWriterDetails"]["Key"].as_str().unwrap();
    assert!(key.starts_with("out/") && key.ends_with("/manifest.json"), "{key}");
    assert!(output["MapRunArn"].as_str().unwrap().contains(":mapRun:"));
}

#[test]
fn what_belongs_to_distributed_maps_is_refused_in_others() {
    for (field, value) in [
        ("ItemBatcher", json!({"MaxItemsPerBatch": 2})),
        ("ItemReader", json!({"Resource": "arn:aws:states:::s3:getObject"})),
        ("ResultWriter", json!({"Resource": "arn:aws:states:::s3:putObject"})),
        ("Label", json!("l")),
    ] {
        let mut inline = map(&json!({field: value}));
        assert_eq!(validate(&inline), [], "{field}");
        inline["States"]["Each"]["ItemProcessor"]["ProcessorConfig"] = json!({"Mode": "INLINE"});
        refused(&inline, field);
    }
    let mut inline = map(&json!({"ToleratedFailureCount": 1}));
    assert_eq!(unmodelled(&inline), []);
    inline["States"]["Each"]["ItemProcessor"]["ProcessorConfig"] = json!({});
    assert!(unmodelled(&inline)[0].sentence.contains("ToleratedFailureCount"));
    let writer = map(&json!({"ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN"}}}));
    assert!(unmodelled(&writer)[0].sentence.contains("WriterConfig"));
    let mut typeless = map(&json!({}));
    typeless["States"]["Each"]["ItemProcessor"]["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED"});
    refused(&typeless, "ExecutionType");
}

#[test]
fn how_long_a_task_may_take_can_be_found_in_its_input() {
    let task = |fields: &Value| {
        let mut state =
            json!({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true});
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({"StartAt": "Post", "States": {"Post": state}})
    };
    let timed = |field: &str, name: &str| {
        let end = execute(&task(&json!({field: "$.s"})), json!({"s": 7}), vec![error(name)]);
        end.history.last().map(|event| event.at)
    };
    assert_eq!(timed("TimeoutSecondsPath", "States.Timeout"), Some(7_000_000));
    assert_eq!(timed("HeartbeatSecondsPath", "States.HeartbeatTimeout"), Some(7_000_000));
    for (field, input, cause) in [
        ("TimeoutSecondsPath", json!({}), "Invalid path '$.s' : No results for path: $['s']"),
        ("HeartbeatSecondsPath", json!({"s": "soon"}), "HeartbeatSecondsPath"),
        ("TimeoutSecondsPath", json!({"s": 0}), "TimeoutSecondsPath"),
    ] {
        let end = execute(&task(&json!({field: "$.s"})), input, Vec::new());
        assert_eq!(end.error.as_deref(), Some("States.Runtime"));
        assert!(end.cause.as_ref().is_some_and(|why| why.contains(cause)), "{:?}", end.cause);
    }
    let end =
        execute(&task(&json!({"Credentials": {"RoleArn.$": "$.role"}})), json!({}), Vec::new());
    assert_eq!(end.error.as_deref(), Some("States.Runtime"));
}

#[test]
fn a_number_may_stand_in_a_text() {
    let paths = json!({"MaxConcurrencyPath": "$.n", "ItemsPath": "$.list"});
    gives(&map(&paths), json!({"n": "1", "list": [1]}), Vec::new(), &json!([1]));
    for wrong in [json!("one"), json!({}), json!("1.5"), json!(1.5)] {
        let end = execute(&map(&paths), json!({"n": wrong, "list": [1]}), Vec::new());
        let cause = end.cause.unwrap_or_default();
        assert!(cause.contains("which is not a valid integer: $.n"), "{wrong}: {cause}");
    }
}

#[test]
fn a_state_that_nothing_leads_to_is_refused() {
    let mut definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "B"}], "Default": "C"},
        "B": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
              "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}]},
        "C": {"Type": "Succeed"}, "D": {"Type": "Succeed"}}});
    assert_eq!(validate(&definition), []);
    definition["States"]["E"] = json!({"Type": "Pass", "Next": "E2"});
    definition["States"]["E2"] = json!({"Type": "Pass", "End": true});
    refused(&definition, "Nothing leads to the state E.");
    refused(&definition, "Nothing leads to the state E2.");
}

#[test]
fn languages_mix_one_way_only() {
    let definition = |whole: &str, state: &str| {
        json!({"QueryLanguage": whole, "StartAt": "A", "States": {
            "A": {"QueryLanguage": state, "Type": "Pass", "End": true}}})
    };
    assert_eq!(validate(&definition("JSONPath", "JSONata")), []);
    refused(&definition("JSONata", "JSONPath"), "can go back to JSONPath");
    let mut lines = definition("JSONata", "JSONata");
    lines["States"]["A"]["Output"] = json!("{%\n  $a := 1;\n  $a\n%}");
    assert_eq!(validate(&lines), []);
    lines["States"]["A"]["Output"] = json!("{% (\n  $a := 1;\n  $a\n %}");
    refused(&lines, "cannot be read");
}
