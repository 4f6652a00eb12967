{{/*
What a chart includes to put Weir beside its containers. Each takes the chart's root context and
finds its values in `.Values.weir`; with several sidecars in one chart, hand each its own:
  {{ include "weir.sidecar.container" (merge (dict "weir" .Values.workerWeir) .) }}
*/}}

{{/* The container, for `containers`. */}}
{{- define "weir.sidecar.container" -}}
- {{ include "weir.container" (dict "weir" (include "weir.sidecar.values" . | fromYaml)) | nindent 2 | trim }}
{{- end }}

{{/* The same for `initContainers`: a native sidecar, of Kubernetes 1.29 or later. */}}
{{- define "weir.sidecar.nativeContainer" -}}
- {{ include "weir.container" (dict "weir" (include "weir.sidecar.values" . | fromYaml) "more" (dict "restartPolicy" "Always")) | nindent 2 | trim }}
{{- end }}

{{/* For `volumes`. */}}
{{- define "weir.sidecar.volumes" -}}
- name: weir-config
  configMap:
    name: {{ include "weir.sidecar.configMapName" . }}
{{- end }}

{{/* For the labels of the Pod template: what monitors and network policies find the sidecars by. */}}
{{- define "weir.sidecar.labels" -}}
weir-sidecar: "true"
{{- end }}

{{/* A manifest of its own. */}}
{{- define "weir.sidecar.configmap" -}}
{{- $weir := include "weir.sidecar.values" . | fromYaml -}}
{{- if not $weir.existingConfigMap -}}
{{- $config := $weir.config | default dict -}}
{{- with $weir.upstream -}}
{{- if hasKey $config "upstream_url" -}}
{{- fail "config.upstream_url: it comes from upstream" -}}
{{- end -}}
{{- $config = merge (dict "upstream_url" .) $config -}}
{{- end -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "weir.sidecar.configMapName" . }}
  namespace: {{ .Release.Namespace }}
data:
  {{- include "weir.configData" (dict "config" $config "port" $weir.port "files" $weir.files) | nindent 2 }}
{{- end -}}
{{- end }}

{{- define "weir.sidecar.configMapName" -}}
{{- $weir := include "weir.sidecar.values" . | fromYaml -}}
{{- $weir.configMapName | default (printf "%s-weir" (.Release.Name | trunc 58 | trimSuffix "-")) -}}
{{- end }}

{{- define "weir.sidecar.values" -}}
{{- $weir := .weir | default .Values.weir -}}
{{- if not $weir -}}
{{- fail "no values for Weir: in Chart.yaml, the dependency weir-sidecar takes `alias: weir`" -}}
{{- end -}}
{{- toYaml $weir -}}
{{- end }}
